/*
 * Journals written by debugfs: blocks of one file get other contents in transactions that nobody carried out. What is then read must be what
 * e2fsck makes of the image.
 */

import { describe, expect, test } from "vitest";
import { Ext4 } from "../../host-js/common/ext4/ext4.js";
import { Random } from "../differential/random.js";
import { MemoryStorage } from "../support/memory-storage.js";
import { Images, missing } from "./images.js";

const FILE_BLOCKS = 8;
const JOURNAL_MAGIC = [0xc0, 0x3b, 0x39, 0x98];

const FORMATS: [what: string, blockBytes: number, args: string[], open: string][] = [
  ["ext3", 1024, ["-t", "ext3"], "jo"],
  ["ext4 without checksums", 4096, ["-t", "ext4", "-O", "^metadata_csum"], "jo"],
  ["ext4 with checksums of version 2", 1024, ["-t", "ext4", "-O", "^64bit"], "jo -c -v 2"],
  ["wide ext4 with checksums of version 2", 1024, ["-t", "ext4"], "jo -c -v 2"],
  ["ext4 with checksums of version 3", 4096, ["-t", "ext4", "-O", "^64bit"], "jo -c -v 3"],
  ["wide ext4 with checksums of version 3", 1024, ["-t", "ext4"], "jo -c -v 3"],
];

describe.skipIf(missing).each(FORMATS)("the journal of %s", (_, blockBytes, args, open) => {
  const images = new Images();
  const random = new Random(3);
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.below(256));

  const original = bytes(FILE_BLOCKS * blockBytes);
  const empty = missing ? original : images.make([...args, "-b", String(blockBytes)], 10);
  const base = missing ? original : images.edited(empty, [`write ${images.path(original)} file`]);
  const blocks = missing
    ? []
    : Array.from({ length: FILE_BLOCKS }, (_, i) => Number(images.asked(base, `bmap file ${i}`).trim()));

  /** An image whose journal holds what the commands put there; `b0` is the number of the file's first block. */
  const journaled = (...commands: string[]) =>
    images.edited(base, [
      open,
      ...commands.map((command) => command.replace(/\bb(\d)/g, (_, i) => String(blocks[i]))),
      "jc",
    ]);
  const read = async (image: Uint8Array) => (await Ext4.open(new MemoryStorage(image))).readFile("/file");
  const withBlocks = (changed: Record<number, Uint8Array>) => {
    const content = original.slice();
    for (const [block, piece] of Object.entries(changed)) content.set(piece, Number(block) * blockBytes);
    return content;
  };
  const expectSame = async (image: Uint8Array, content: Uint8Array) => {
    expect(Buffer.compare(images.dumped(images.checked(image), ["/file"])[0]!, content), "what e2fsck makes").toBe(0);
    expect(Buffer.compare(await read(image), content), "what is read").toBe(0);
  };

  test("gives the newest copy of each block", async () => {
    const [one, two, three] = [bytes(2 * blockBytes), bytes(blockBytes), bytes(blockBytes)];
    const image = journaled(
      `jw -b b0,b1 ${images.path(one)}`,
      `jw -b b5 ${images.path(two)}`,
      `jw -b b1 ${images.path(three)}`,
    );
    expect(Buffer.compare(await read(image), original)).not.toBe(0);
    await expectSame(image, withBlocks({ 0: one.subarray(0, blockBytes), 1: three, 5: two }));
  });

  test("forgets copies that were revoked, but not newer ones", async () => {
    const [one, two] = [bytes(3 * blockBytes), bytes(blockBytes)];
    const image = journaled(`jw -b b0,b1,b2 ${images.path(one)}`, "jw -r b0,b1", `jw -b b1 ${images.path(two)}`);
    await expectSame(image, withBlocks({ 1: two, 2: one.subarray(2 * blockBytes) }));
  });

  test("restores data that looks like the journal itself", async () => {
    const one = bytes(2 * blockBytes);
    one.set(JOURNAL_MAGIC, blockBytes);
    await expectSame(journaled(`jw -b b3,b4 ${images.path(one)}`), withBlocks({ 3: one }));
  });

  test("ends before a transaction without a commit", async () => {
    const [one, two] = [bytes(blockBytes), bytes(blockBytes)];
    const image = journaled(`jw -b b0 ${images.path(one)}`, `jw -b b1 -c ${images.path(two)}`);
    await expectSame(image, withBlocks({ 0: one }));
  });

  if (open.includes("-c")) {
    test("ends before a transaction whose commit or descriptor was torn", async () => {
      const [one, two] = [bytes(blockBytes), bytes(blockBytes)];
      const image = journaled(`jw -b b0 ${images.path(one)}`, `jw -b b1 ${images.path(two)}`);
      const at = Buffer.from(image).indexOf(two);
      for (const torn of [at - blockBytes + 200, at + blockBytes + 56]) {
        const copy = image.slice();
        copy[torn]! ^= 1;
        expect(Buffer.compare(await read(copy), withBlocks({ 0: one }))).toBe(0);
      }
    });

    test("does not pass data with a wrong checksum on", async () => {
      const one = bytes(blockBytes);
      const image = journaled(`jw -b b0 ${images.path(one)}`);
      image[Buffer.from(image).indexOf(one)]! ^= 1;
      await expect(read(image)).rejects.toMatchObject({ code: "ext4-damaged", message: /wrong checksum/ });
    });
  }

  test("is not looked at when the file system was unmounted", async () => {
    const image = journaled(`jw -b b0 ${images.path(bytes(blockBytes))}`);
    const view = new DataView(image.buffer);
    view.setUint32(1120, view.getUint32(1120, true) & ~4, true);
    expect(Buffer.compare(await read(image), original)).toBe(0);
  });

  test("with fast commits, or on another disk, is refused", async () => {
    const image = journaled(`jw -b b0 ${images.path(bytes(blockBytes))}`);
    const superblockAt = Number(images.asked(image, "bmap <8> 0").trim()) * blockBytes;
    const fast = image.slice();
    fast[superblockAt + 0x2b]! |= 0x20;
    await expect(read(fast)).rejects.toMatchObject({ code: "ext4-unsupported", message: /fast commits/ });
    const outside = image.slice();
    outside.fill(0, 1024 + 0xe0, 1024 + 0xe4);
    await expect(read(outside)).rejects.toMatchObject({ code: "ext4-unsupported", message: /another disk/ });
  });

  test("that is damaged is an error", async () => {
    const image = journaled(`jw -b b0 ${images.path(bytes(blockBytes))}`);
    const at = Number(images.asked(image, "bmap <8> 0").trim()) * blockBytes;
    for (const [offset, value] of [
      [0, 0],
      [0x0c, 512],
      [0x14, 0],
      [0x1c, 0x7fff_ffff],
    ] as const) {
      const copy = image.slice();
      new DataView(copy.buffer).setUint32(at + offset, value);
      await expect(read(copy)).rejects.toMatchObject({ code: "ext4-damaged" });
    }
  });
});
