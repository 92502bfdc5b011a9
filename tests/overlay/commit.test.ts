/*
 * Commits, and what an interrupted one leaves: a base that the next commit makes right.
 */

import { describe, expect, test } from "vitest";
import {
  commitOverlay,
  createOverlay,
  type GrowingStorage,
  OverlayStorage,
  type Storage,
} from "../../host-js/common/index.js";
import { Random } from "../differential/random.js";
import { asGrown, GrowingMemory } from "../support/growing.js";
import { MemoryStorage } from "../support/memory-storage.js";
import { WriteLog } from "../support/write-log.js";
import { anyRequest, Model, pattern } from "./model.js";

const BYTES = (1 << 20) + 1536;

/** An overlay with much in it, and what the disk then holds. */
async function used(seed: number): Promise<{ base: Uint8Array; top: Uint8Array; expected: Uint8Array }> {
  const base = pattern(BYTES, seed);
  const file = new GrowingMemory();
  await createOverlay(new MemoryStorage(base), file);
  const overlay = await OverlayStorage.open(new MemoryStorage(base), file);
  const model = new Model(base);
  const chance = new Random(seed);
  for (let n = 0; n < 60; n++) await model.do(overlay, anyRequest(chance, BYTES));
  await overlay.close();
  const top = new Uint8Array(file.bytes);
  await file.read(0, top);
  return { base, top, expected: model.content };
}

/** The moments of two disks, whenever one of them was asked for something. */
function watched(storage: WriteLog, note: () => void): Storage {
  return {
    bytes: storage.bytes,
    readOnly: false,
    read: (offset, into) => storage.read(offset, into),
    write: (offset, from) => {
      note();
      return storage.write(offset, from);
    },
    flush: () => {
      note();
      return storage.flush();
    },
    close: () => undefined,
  };
}

describe("a commit", () => {
  test.each([1, 2, 3, 4])("makes the base equal to what the overlay showed (seed %i)", async (seed) => {
    const { base, top, expected } = await used(seed);
    const below = new MemoryStorage(base);
    const told: [number, number][] = [];
    await commitOverlay(below, new GrowingMemory(top), (done, all) => told.push([done, all]));
    expect(Buffer.compare(below.data, expected)).toBe(0);
    expect(told.at(-1)![0]).toBe(told.at(-1)![1]);
  });

  test.each([5, 6])("that a power failure interrupted is done by the next one (seed %i)", async (seed) => {
    const { base, top, expected } = await used(seed);
    const baseLog = new WriteLog({ content: base, seed });
    const topLog = new WriteLog({ content: top, seed });
    const moments: [base: number, top: number][] = [];
    const note = () => void moments.push([baseLog.now, topLog.now]);
    await commitOverlay(watched(baseLog, note), asGrown(watched(topLog, note)));
    // Only now may the overlay be removed: the base must have it all.
    for (let n = 0; n < 5; n++)
      expect(Buffer.compare(baseLog.imageAt(baseLog.now, n), expected), "after the commit").toBe(0);

    const chance = new Random(seed);
    for (let n = 0; n < 60; n++) {
      const [baseMoment, topMoment] = chance.of(moments);
      const below = new MemoryStorage(baseLog.imageAt(baseMoment, chance.u32()));
      const file: GrowingStorage = new GrowingMemory(topLog.imageAt(topMoment, chance.u32()));
      const opened = await OverlayStorage.open(below, file).catch((error: { code: string }) => error.code);
      if (opened instanceof OverlayStorage) {
        // The commit had not begun: the base must be as it was.
        expect(Buffer.compare(below.data, base)).toBe(0);
      } else {
        expect(opened).toBe("overlay-unfinished");
      }
      await commitOverlay(below, file);
      expect(Buffer.compare(below.data, expected)).toBe(0);
    }
  });

  test("that is done again refuses another base, and one that was changed elsewhere", async () => {
    const { base, top } = await used(7);
    const file = new GrowingMemory(top);
    await commitOverlay(new MemoryStorage(base.slice()), file);
    const other = new MemoryStorage(pattern(BYTES, 8));
    await expect(commitOverlay(other, file)).rejects.toMatchObject({ code: "overlay-base" });
    expect(Buffer.compare(other.data, pattern(BYTES, 8))).toBe(0);
  });

  test("leaves a base alone that was changed", async () => {
    const { base, top } = await used(9);
    const changed = base.slice();
    changed[1024]! ^= 1;
    const below = new MemoryStorage(changed.slice());
    await expect(commitOverlay(below, new GrowingMemory(top))).rejects.toMatchObject({ code: "overlay-base" });
    expect(Buffer.compare(below.data, changed)).toBe(0);
  });
});
