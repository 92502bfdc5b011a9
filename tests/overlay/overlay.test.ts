import { describe, expect, test } from "vitest";
import { createOverlay, OverlayStorage } from "../../host-js/common/index.js";
import { CLUSTER_BYTES, dataStart } from "../../host-js/common/overlay/layout.js";
import { storageContract } from "../contracts/storage.js";
import { Random } from "../differential/random.js";
import { GrowingMemory } from "../support/growing.js";
import { MemoryStorage } from "../support/memory-storage.js";
import { anyRequest, Model, pattern } from "./model.js";

const MIB = 1 << 20;

/** A base and an overlay's file that keep what they have when the overlay is closed and opened again. */
class Fixture {
  readonly top = new GrowingMemory();
  readonly base: MemoryStorage;

  constructor(
    readonly content: Uint8Array,
    private readonly later = false,
  ) {
    this.base = new MemoryStorage(content.slice());
  }

  async create(): Promise<OverlayStorage> {
    await createOverlay(this.base, this.top);
    return this.open();
  }

  open(): Promise<OverlayStorage> {
    this.base.later = this.top.later = this.later;
    return OverlayStorage.open(this.base, this.top);
  }
}

for (const later of [false, true]) {
  let fixture: Fixture;
  storageContract(`OverlayStorage ${later ? "over ports that answer later" : ""}`, {
    open: (bytes) => {
      if (bytes === undefined) return fixture.open();
      fixture = new Fixture(bytes, later);
      return fixture.create();
    },
  });
}

describe("an overlay", () => {
  test.each([
    { seed: 1, bytes: MIB, later: false },
    { seed: 2, bytes: 3 * MIB + 512, later: false },
    { seed: 3, bytes: 40_960 + 1536, later: false },
    { seed: 4, bytes: 34 * MIB, later: false },
    { seed: 5, bytes: MIB + 7 * 512, later: true },
  ])("holds what plain bytes would hold, and leaves its base alone: %j", async ({ seed, bytes, later }) => {
    const fixture = new Fixture(pattern(bytes, seed), later);
    const model = new Model(fixture.content);
    const chance = new Random(seed);
    let overlay = await fixture.create();
    for (let n = 0; n < (later ? 300 : 1000); n++) {
      await model.do(overlay, anyRequest(chance, bytes));
      if (!chance.once(100)) continue;
      await overlay.close();
      overlay = await fixture.open();
    }
    await model.compare(overlay);
    expect(Buffer.compare(fixture.base.data, fixture.content)).toBe(0);
  });

  test("keeps neighbours apart that are written at once", async () => {
    const fixture = new Fixture(pattern(MIB, 7), true);
    const model = new Model(fixture.content);
    const overlay = await fixture.create();
    const chance = new Random(7);
    for (let round = 0; round < 20; round++) {
      const sectors = Array.from({ length: 24 }, (_, n) => n * chance.of([1, 3, 17]));
      const writes = [...new Set(sectors)].map((sector) => ({
        offset: sector * 512,
        data: pattern(512, chance.u32()),
      }));
      await Promise.all([
        ...writes.map(({ offset, data }) => overlay.write(offset, data)),
        ...(chance.once(2) ? [overlay.flush()] : []),
      ]);
      for (const { offset, data } of writes) model.content.set(data, offset);
      await model.compare(overlay);
    }
    await overlay.close();
    await model.compare(await fixture.open());
  });

  test("takes no more room than what was written, in clusters", async () => {
    const fixture = new Fixture(new Uint8Array(64 * MIB));
    const overlay = await fixture.create();
    expect(fixture.top.bytes).toBe(4096);
    for (const cluster of [900, 3, 500]) await overlay.write(cluster * CLUSTER_BYTES, pattern(4096, cluster));
    await overlay.flush();
    expect(fixture.top.bytes).toBeLessThanOrEqual(dataStart(64 * MIB) + 3 * CLUSTER_BYTES);
  });

  test("uses the room of what was discarded again, once that is safe", async () => {
    const fixture = new Fixture(pattern(8 * MIB, 1));
    const overlay = await fixture.create();
    await overlay.write(0, pattern(MIB, 2));
    await overlay.flush();
    const { bytes } = fixture.top;
    for (let round = 0; round < 5; round++) {
      await overlay.discard(round * MIB, MIB);
      await overlay.flush();
      await overlay.write((round + 1) * MIB, pattern(MIB, round));
      await overlay.flush();
    }
    expect(fixture.top.bytes).toBe(bytes);
    const into = new Uint8Array(MIB);
    await overlay.read(0, into);
    expect(Buffer.compare(into, fixture.content.subarray(0, MIB))).toBe(0);
  });

  test("needs no room for zeroes", async () => {
    const fixture = new Fixture(pattern(8 * MIB, 1));
    const overlay = await fixture.create();
    await overlay.writeZeroes(512, 8 * MIB - 1024);
    await overlay.flush();
    expect(fixture.top.bytes).toBeLessThanOrEqual(dataStart(8 * MIB) + 2 * CLUSTER_BYTES);
  });

  test("flushes once where nothing but data changed, and twice for the map", async () => {
    const fixture = new Fixture(new Uint8Array(MIB));
    const overlay = await fixture.create();
    await overlay.write(0, pattern(4096, 1));
    const flushesOf = async () => {
      const before = fixture.top.flushes;
      await overlay.flush();
      return fixture.top.flushes - before;
    };
    expect(await flushesOf()).toBe(2);
    await overlay.write(512, pattern(512, 2));
    expect(await flushesOf()).toBe(1);
  });

  test("can be flushed again after the medium failed", async () => {
    const fixture = new Fixture(pattern(MIB, 1));
    const overlay = await fixture.create();
    await overlay.write(0, pattern(4096, 2));
    for (const failing of ["write", "flush"]) {
      fixture.top.before = (request) => {
        if (request === failing) throw new Error("full");
      };
      await expect(overlay.flush()).rejects.toThrow("full");
    }
    expect(() => overlay.write(8192, pattern(4096, 3))).not.toThrow();
    fixture.top.before = (request) => {
      if (request === "write") throw new Error("full");
    };
    expect(() => overlay.write(16384, pattern(4096, 4))).toThrow("full");
    fixture.top.before = () => undefined;
    await overlay.flush();
    const model = new Model(fixture.content);
    model.content.set(pattern(4096, 2), 0);
    model.content.set(pattern(4096, 3), 8192);
    await model.compare(overlay);
    await model.compare(await fixture.open());
  });

  test("of a disk of 4 TiB is flushed before too much of its map is only in memory", async () => {
    const bytes = 2 ** 42;
    const top = new GrowingMemory();
    const nothing = () => undefined;
    const base = { bytes, readOnly: true, write: nothing, flush: nothing, close: nothing };
    const nines = { ...base, read: (_: number, into: Uint8Array) => void into.fill(9) };
    await createOverlay(nines, top);
    const overlay = await OverlayStorage.open(nines, top);
    const chance = new Random(1);
    const written = Array.from({ length: 5000 }, () => Math.floor((chance.u32() / 2 ** 32) * (bytes / 512)) * 512);
    const before = top.flushes;
    for (const offset of written) await overlay.write(offset, pattern(512, offset));
    expect(top.flushes - before).toBeGreaterThanOrEqual(8);
    const into = new Uint8Array(1024);
    for (const offset of written) {
      await overlay.read(offset, into);
      expect(Buffer.compare(into.subarray(0, 512), pattern(512, offset))).toBe(0);
    }
  });
});
