/*
 * Bytes changed by chance: whatever the reader meets, it gives content or an error of its own, soon and without much memory.
 */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Ext4 } from "../../host-js/common/ext4/ext4.js";
import { Random } from "../differential/random.js";
import { temporaryFolder } from "../support/folder.js";
import { MemoryStorage } from "../support/memory-storage.js";
import { Images, missing } from "./images.js";

const ROUNDS = 400;
const ROUND_MS_MAX = 2000;
const BLOCK_BYTES = 1024;
const PATHS = ["/vmlinuz", "/boot/holes", "/boot/small", "/slow"];

function tree(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "boot"));
  writeFileSync(join(folder, "boot/vmlinuz-6.1"), "kernel ".repeat(3000));
  const holes = new Uint8Array(400_000);
  for (let at = 0; at < holes.length; at += 4096) holes[at] = 1;
  writeFileSync(join(folder, "boot/holes"), holes);
  writeFileSync(join(folder, "boot/small"), "small");
  for (let i = 0; i < 100; i++) writeFileSync(join(folder, "boot", `name-${i}`), "");
  symlinkSync("boot/vmlinuz-6.1", join(folder, "vmlinuz"));
  symlinkSync(`${"./".repeat(40)}vmlinuz`, join(folder, "slow"));
  return folder;
}

describe.skipIf(missing)("Ext4", () => {
  const images = new Images();
  const folder = tree();
  const empty = (...args: string[]) => images.make([...args, "-b", String(BLOCK_BYTES), "-N", "256"], 8, folder);

  /** An image whose journal has copies of its own directory, inodes and descriptors. */
  const journaled = () => {
    const image = empty("-t", "ext4");
    const [, inodes] = /located at block (\d+)/.exec(images.asked(image, "imap /boot"))!;
    const [directory] = /\d+/.exec(images.asked(image, "bmap /boot 0"))!;
    const blocks = [2, Number(inodes), Number(directory)];
    const content = Buffer.concat(
      blocks.map((block) => image.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)),
    );
    return images.edited(image, ["jo -c -v 3", `jw -b ${blocks} ${images.path(content)}`, "jc"]);
  };

  test.each([
    ["ext2", () => empty("-t", "ext2")],
    ["ext4", () => empty("-t", "ext4")],
    ["inline data", () => empty("-t", "ext4", "-O", "inline_data")],
    ["a journal", journaled],
  ])("survives damage of %s", async (_, make) => {
    const image = make();
    const used = Array.from({ length: image.length / BLOCK_BYTES }, (_, block) => block * BLOCK_BYTES).filter((at) =>
      image.subarray(at, at + BLOCK_BYTES).some((byte) => byte !== 0),
    );
    const random = new Random(5);
    let failed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const changes = Array.from({ length: random.within(1, 4) }, () => {
        const at = used[random.below(used.length)]! + random.below(random.once(2) ? BLOCK_BYTES : 128);
        return [at, image[at]!] as const;
      });
      for (const [at] of changes) image[at] = random.once(2) ? random.below(256) : 0xff;
      const began = performance.now();
      try {
        const fs = await Ext4.open(new MemoryStorage(image));
        for (const path of PATHS) await fs.readFile(path);
        await fs.readdir("/boot");
      } catch (error) {
        failed++;
        expect(error, `round ${round}`).toMatchObject({ name: "ColinuxError", code: expect.stringMatching(/^ext4-/) });
      }
      expect(performance.now() - began, `round ${round}`).toBeLessThan(ROUND_MS_MAX);
      for (const [at, byte] of changes.reverse()) image[at] = byte;
    }
    expect(failed).toBeGreaterThan(ROUNDS / 50);
    expect(failed).toBeLessThan(ROUNDS);
  });
});
