/*
 * Disk images made into overlays over zeroes.
 */

import { describe, expect, test } from "vitest";
import { createOverlay, OverlayStorage } from "../../host-js/common/index.js";
import { isBlank } from "../../host-js/common/overlay/header.js";
import { packOverlay } from "../../host-js/common/overlay/pack.js";
import { Zeroes } from "../../host-js/common/overlay/zeroes.js";
import { GrowingMemory } from "../support/growing.js";
import { noise } from "../support/noise.js";

const KIB = 1 << 10;

/** In pieces whose bounds are those of nothing else. */
async function* inPieces(content: Uint8Array, bytes = 100_003): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}

/** Data from 70 to 90 KiB and in the last sector, and zeroes. */
function sparse(bytes: number): Uint8Array {
  const content = new Uint8Array(bytes);
  content.set(noise(20 * KIB), 70 * KIB);
  content.set(noise(512), bytes - 512);
  return content;
}

describe("packOverlay()", () => {
  test.each([
    ["an image with holes", sparse(3 << 20)],
    ["an image that ends amid a block", sparse((1 << 20) + 512)],
    ["an image without holes", noise(1 << 20)],
    ["an image of zeroes", new Uint8Array(1 << 20)],
    ["an image of one sector", noise(512)],
  ])("makes %s the same disk, which can be written", async (_, content) => {
    const top = new GrowingMemory();
    const done: number[] = [];
    await packOverlay(content.length, inPieces(content), top, (bytes) => done.push(bytes));
    expect(done.at(-1)).toBe(content.length);
    const disk = await OverlayStorage.open(new Zeroes(content.length), top);
    const into = new Uint8Array(content.length).fill(0xee);
    await disk.read(0, into);
    expect(Buffer.compare(into, content)).toBe(0);
    await disk.write(0, noise(512));
    await disk.flush();
    await (await OverlayStorage.open(new Zeroes(content.length), top)).read(0, into);
    expect(Buffer.compare(into, Buffer.concat([noise(512), content.subarray(512)]))).toBe(0);
  });

  test("takes room for what is not zero only", async () => {
    const top = new GrowingMemory();
    await packOverlay(1 << 30, inPieces(sparse(1 << 30), 1 << 20), top);
    // The map, and three clusters.
    expect(top.bytes).toBeLessThan(64 * KIB + 2 ** 30 / 8192 + 4 * 64 * KIB);
  });

  test.each([
    ["too short", -512, "has 1048064 bytes; expected 1048576"],
    ["too long", 512, "has more than 1048576 bytes"],
  ])("refuses an image that is %s, and leaves no overlay", async (_, differs, words) => {
    const top = new GrowingMemory();
    const packing = packOverlay(1 << 20, inPieces(noise((1 << 20) + differs)), top);
    await expect(packing).rejects.toMatchObject({ code: "disk-size", message: expect.stringContaining(words) });
    const header = new Uint8Array(4096);
    await top.read(0, header);
    expect(header.every((byte) => byte === 0)).toBe(true);
    expect(await isBlank(top)).toBe(false);
  });
});

test("an overlay that knows its base by few blocks looks at those only, each time", async () => {
  const base = noise(8 << 20);
  const reads: number[] = [];
  const counted = {
    bytes: base.length,
    readOnly: true,
    read: (offset: number, into: Uint8Array) => {
      reads.push(offset);
      into.set(base.subarray(offset, offset + into.length));
    },
    write: () => undefined,
    flush: () => undefined,
    close: () => undefined,
  };
  const top = new GrowingMemory();
  await createOverlay(counted, top, { spread: 4 });
  const made = reads.splice(0);
  expect(made).toHaveLength(64 + 3);
  await OverlayStorage.open(counted, top);
  expect(reads).toEqual(made);
  base[(2 << 20) + 1] ^= 1;
  await expect(OverlayStorage.open(counted, top)).rejects.toMatchObject({ code: "overlay-base" });
});
