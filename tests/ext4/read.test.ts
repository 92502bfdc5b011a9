import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Ext4 } from "../../host-js/common/ext4/ext4.js";
import { probeUuid } from "../../host-js/common/ext4/superblock.js";
import { Random } from "../differential/random.js";
import { temporaryFolder } from "../support/folder.js";
import { MemoryStorage } from "../support/memory-storage.js";
import { Images, missing, UUID } from "./images.js";

const NAMES = 1500;
const LONG_NAME = "n".repeat(70);

const random = new Random(1);
const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.below(256));

/** Every other 4 KiB is there, up to a last byte far behind. */
function striped(stripes: number, end: number): Uint8Array {
  const content = new Uint8Array(end);
  for (let i = 0; i < stripes; i++) content.fill(1 + (i % 255), i * 8192, i * 8192 + 4096);
  content[end - 1] = 7;
  return content;
}

const FILES: Record<string, Uint8Array> = {
  "boot/vmlinuz-6.1": bytes(600_001),
  "boot/a/b/c/deep": bytes(10),
  empty: new Uint8Array(0),
  tiny: bytes(30),
  sixty: bytes(60),
  medium: bytes(120),
  größe: bytes(5000),
  striped: striped(500, 66 << 20),
  block: bytes(4096),
};

function tree(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "boot/a/b/c"), { recursive: true });
  mkdirSync(join(folder, "many"));
  mkdirSync(join(folder, LONG_NAME));
  for (const [name, content] of Object.entries(FILES))
    if (name !== "striped") writeFileSync(join(folder, name), content);
  writeHoles(join(folder, "striped"), FILES.striped!);
  writeFileSync(join(folder, LONG_NAME, "file"), "long");
  for (let i = 0; i < NAMES; i++) writeFileSync(join(folder, "many", `some-name-${i}`), i % 500 === 0 ? `${i}` : "");
  symlinkSync("boot/vmlinuz-6.1", join(folder, "vmlinuz"));
  symlinkSync("/boot/a/../vmlinuz-6.1", join(folder, "boot/a/absolute"));
  symlinkSync(`./${LONG_NAME}/../${LONG_NAME}/file`, join(folder, "slow"));
  symlinkSync("../../../../boot/a", join(folder, "boot/up"));
  symlinkSync("circle-2", join(folder, "circle-1"));
  symlinkSync("circle-1", join(folder, "circle-2"));
  symlinkSync("nowhere", join(folder, "dangling"));
  return folder;
}

/** Writes only what is not zero, so that the file has holes. */
function writeHoles(path: string, content: Uint8Array): void {
  const fd = openSync(path, "w");
  ftruncateSync(fd, content.length);
  for (let at = 0; at < content.length; at += 4096) {
    const piece = content.subarray(at, at + 4096);
    if (piece.some((byte) => byte !== 0)) writeSync(fd, piece, 0, piece.length, at);
  }
  closeSync(fd);
}

const FORMATS: [what: string, args: string[]][] = [
  ["ext2 with 1 KiB blocks", ["-t", "ext2", "-b", "1024"]],
  ["ext2 of revision 0", ["-t", "ext2", "-r", "0", "-b", "4096", "-O", "none"]],
  ["ext3 with 4 KiB blocks", ["-t", "ext3", "-b", "4096"]],
  ["ext3 with 2 KiB blocks and small inodes", ["-t", "ext3", "-b", "2048", "-I", "128"]],
  ["ext4", ["-t", "ext4", "-b", "4096"]],
  ["ext4 with 1 KiB blocks", ["-t", "ext4", "-b", "1024"]],
  ["ext4 without 64bit and metadata_csum", ["-t", "ext4", "-O", "^64bit,^metadata_csum"]],
  ["ext4 with meta_bg", ["-t", "ext4", "-b", "1024", "-g", "1024", "-O", "meta_bg,^resize_inode,^flex_bg"]],
  ["ext4 with sparse_super2", ["-t", "ext4", "-b", "1024", "-O", "meta_bg,^resize_inode,sparse_super2"]],
  ["ext4 with inline_data", ["-t", "ext4", "-I", "512", "-O", "inline_data"]],
  ["ext4 with block pointers", ["-t", "ext4", "-b", "1024", "-O", "^extent,^64bit"]],
  ["ext4 with bigalloc", ["-t", "ext4", "-O", "bigalloc", "-N", "4096"]],
  [
    "ext4 with casefold, large_dir, ea_inode, metadata_csum_seed",
    ["-t", "ext4", "-E", "encoding=utf8", "-O", "casefold,large_dir,ea_inode,metadata_csum_seed"],
  ],
];

describe.skipIf(missing)("Ext4", () => {
  const images = new Images();
  const folder = tree();

  describe.each(FORMATS)("on %s", (what, args) => {
    const open = () => {
      const storage = new MemoryStorage(images.make(args, 32, folder));
      storage.later = what === "ext4";
      return Ext4.open(storage);
    };

    test("reads files, links and directories", async () => {
      const fs = await open();
      expect(fs.uuid).toBe(UUID);
      for (const [name, content] of Object.entries(FILES))
        expect(Buffer.compare(await fs.readFile(`/${name}`), content), name).toBe(0);
      const text = async (path: string) => new TextDecoder().decode(await fs.readFile(path));
      for (const path of ["/vmlinuz", "vmlinuz", "/boot/a/absolute", "//boot/./up/../vmlinuz-6.1"])
        expect(Buffer.compare(await fs.readFile(path), FILES["boot/vmlinuz-6.1"]!), path).toBe(0);
      expect(await text("/slow")).toBe("long");
      expect(await text("/many/some-name-1000")).toBe("1000");
      expect(await text(`/many/some-name-${NAMES - 1}`)).toBe("");

      const names = await fs.readdir("/many");
      expect(names.sort()).toEqual(Array.from({ length: NAMES }, (_, i) => `some-name-${i}`).sort());
      expect((await fs.readdir("/boot")).sort()).toEqual(["a", "up", "vmlinuz-6.1"]);
      expect(await fs.readdir("/boot/a/b/c")).toEqual(["deep"]);

      expect(await fs.typeOf("/boot/up")).toBe("directory");
      for (const path of ["/absent", "/many/some-name-1500", "/tiny/x", "/circle-1", "/dangling"]) {
        expect(await fs.typeOf(path), path).toBeUndefined();
        await expect(fs.readFile(path)).rejects.toMatchObject({ code: "ext4-path" });
      }
      await expect(fs.readFile("/boot")).rejects.toMatchObject({ code: "ext4-path", message: /is no file/ });
    });
  });

  test("finds a tree of extents with more than one level", () => {
    const image = images.make(["-t", "ext4", "-b", "1024"], 32, folder);
    expect(images.asked(image, "dump_extents /striped")).toMatch(/^ 0\/ [1-9]/m);
  });

  describe("refuses", () => {
    const image = missing ? new Uint8Array(0) : images.make(["-t", "ext4", "-b", "1024"], 8, undefined);
    const changed = (change: (view: DataView) => void, bytes = image.length) => {
      const copy = image.slice(0, bytes);
      change(new DataView(copy.buffer));
      return new MemoryStorage(copy);
    };
    const incompat = (bit: number) => (view: DataView) => view.setUint32(1120, view.getUint32(1120, true) | bit, true);

    test.each([
      [
        "a disk without a file system",
        changed((view) => view.setUint16(1080, 0, true)),
        "ext4-missing",
        "no ext2, ext3",
      ],
      ["a disk that is too small for one", new MemoryStorage(new Uint8Array(512)), "ext4-missing", "no ext2, ext3"],
      ["encryption", changed(incompat(0x1_0000)), "ext4-unsupported", '"encrypt"'],
      ["compression", changed(incompat(0x1)), "ext4-unsupported", '"compression"'],
      ["a journal of its own", changed(incompat(0x8)), "ext4-unsupported", '"journal_dev"'],
      ["what is not known", changed(incompat(0x4000_0000)), "ext4-unsupported", "0x40000000"],
      ["an image that was cut off", changed(() => undefined, 4 << 20), "ext4-damaged", "cut off"],
      ["blocks of 64 KiB", changed((view) => view.setUint32(1048, 6, true)), "ext4-unsupported", "65536"],
      ["absurd blocks", changed((view) => view.setUint32(1048, 0xffff_ffff, true)), "ext4-unsupported", "bytes"],
      ["no inodes", changed((view) => view.setUint32(1064, 0, true)), "ext4-damaged", "inodes a group"],
      ["odd inodes", changed((view) => view.setUint16(1112, 300, true)), "ext4-damaged", "inodes of 300"],
      ["no blocks", changed((view) => view.setUint32(1056, 0, true)), "ext4-damaged", "blocks a group"],
    ])("%s", async (_, storage, code, words) => {
      const error = await Ext4.open(storage).catch((thrown) => thrown);
      expect(error).toMatchObject({ name: "ColinuxError", code });
      expect(error.message).toContain(words);
    });

    test("a medium that fails", async () => {
      const storage = changed(() => undefined);
      storage.read = () => Promise.reject(new Error("the medium is gone"));
      await expect(Ext4.open(storage)).rejects.toMatchObject({
        code: "ext4-unreadable",
        message: /the medium is gone/,
      });
    });
  });

  describe("reports damage of", () => {
    const base = missing ? new Uint8Array(0) : images.make(["-t", "ext4", "-b", "1024"], 32, folder);
    const field = (file: string, name: string, value: number | string) => [`set_inode_field ${file} ${name} ${value}`];

    test.each([
      ["an inode number that is none", ["link <99999999> /bad"], "/bad"],
      ["a size beyond reason", field("/vmlinuz", "size", 2 ** 41), "/vmlinuz"],
      ["a file that is marked as free", field("/tiny", "links_count", 0), "/tiny"],
      ["a bad node of extents", field("/tiny", "block[0]", 0x1234), "/tiny"],
      ["an extent outside", field("/tiny", "block[5]", 0x7fff_ffff), "/tiny"],
    ])("%s", async (_, commands, path) => {
      const fs = await Ext4.open(new MemoryStorage(images.edited(base, commands)));
      await expect(fs.readFile(path)).rejects.toMatchObject({ code: /ext4-(damaged|unsupported)/ });
    });

    test("a tree of extents that contains itself", async () => {
      const [, child] = /^ 0\/ \d+ +1\/ +\d+ +\d+ - +\d+ +(\d+)/m.exec(images.asked(base, "dump_extents /striped"))!;
      const copy = base.slice();
      const view = new DataView(copy.buffer, Number(child) * 1024, 1024);
      // The node becomes one of depth 1 whose entries all lead back to it.
      view.setUint16(6, 1, true);
      for (let at = 12; at < 1020; at += 12) {
        view.setUint32(at + 4, Number(child), true);
        view.setUint32(at + 8, 0, true);
      }
      const fs = await Ext4.open(new MemoryStorage(copy));
      await expect(fs.readFile("/striped")).rejects.toMatchObject({
        code: "ext4-damaged",
        message: /extents of inode/,
      });
    });
  });
});

test.skipIf(missing)("probeUuid() tells the UUID whatever the state of the file system", async () => {
  const image = new Images().make(["-t", "ext4"], 8);
  new DataView(image.buffer).setUint32(1120, 0x4000_0000, true);
  expect(await probeUuid(new MemoryStorage(image))).toBe(UUID);
  image.fill(0, 1024 + 0x68, 1024 + 0x78);
  expect(await probeUuid(new MemoryStorage(image))).toBeUndefined();
  expect(await probeUuid(new MemoryStorage(new Uint8Array(4096)))).toBeUndefined();
});
