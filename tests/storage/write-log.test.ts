import { describe, expect, test } from "vitest";
import { WriteLog } from "../support/write-log.js";

const SECTORS = 4;

/** A disk of four sectors that completes a request when it is told to. */
class SlowDisk {
  private readonly waiting: (() => void)[] = [];
  // The chance of this seed makes the first requests of this file wait.
  readonly log = new WriteLog({
    content: new Uint8Array(512 * SECTORS),
    seed: 3,
    later: (_, call) => this.waiting.push(call),
  });

  write(sector: number, byte: number, sectors = 1): () => void {
    return this.begun(() => this.log.write(512 * sector, new Uint8Array(512 * sectors).fill(byte)));
  }

  flush(): () => void {
    return this.begun(() => this.log.flush());
  }

  /** What is found in each sector over many power failures now, as sets. */
  outcomes(): Set<number>[] {
    const found = Array.from({ length: SECTORS }, () => new Set<number>());
    for (let seed = 0; seed < 200; seed++) {
      const image = this.log.imageAt(this.log.now, seed);
      for (const [sector, set] of found.entries()) set.add(image[512 * sector]!);
    }
    return found;
  }

  private begun(start: () => unknown): () => void {
    const before = this.waiting.length;
    start();
    return this.waiting[before] ?? (() => undefined);
  }
}

const sets = (...values: number[][]) => values.map((list) => new Set(list));

describe("a write log", () => {
  test("makes safe what was complete before the flush came, once the flush is complete", () => {
    const disk = new SlowDisk();
    disk.write(0, 1)();
    const late = disk.write(1, 2);
    const flush = disk.flush();
    late();
    disk.write(2, 3)();
    expect(disk.outcomes()).toEqual(sets([0, 1], [0, 2], [0, 3], [0]));
    flush();
    expect(disk.outcomes()).toEqual(sets([1], [0, 2], [0, 3], [0]));
  });

  test("tears a write of several sectors", () => {
    const disk = new SlowDisk();
    disk.write(0, 7, SECTORS)();
    const images = Array.from({ length: 200 }, (_, seed) => disk.log.imageAt(disk.log.now, seed));
    const kinds = new Set(images.map((image) => [0, 1, 2, 3].map((sector) => image[512 * sector]).join()));
    expect(kinds).toContain("0,0,0,0");
    expect(kinds).toContain("7,7,7,7");
    expect(kinds.size).toBeGreaterThan(8);
  });

  test("leaves the older, the newer or nothing of two unsafe writes to the same place", () => {
    const disk = new SlowDisk();
    disk.write(0, 1)();
    disk.write(0, 2)();
    expect(disk.outcomes()[0]).toEqual(new Set([0, 1, 2]));
  });

  test("never lays an older write over what is safe", () => {
    const disk = new SlowDisk();
    disk.write(0, 1)();
    disk.flush()();
    disk.write(0, 2)();
    disk.flush()();
    expect(disk.outcomes()[0]).toEqual(new Set([2]));
  });

  test("tells the same of the same moment and seed", () => {
    const disk = new SlowDisk();
    disk.write(0, 7, SECTORS)();
    expect(disk.log.imageAt(9, 5)).toEqual(disk.log.imageAt(9, 5));
  });
});
