/*
 * Overlays in files: made, found again, refused, committed, discarded; and what the words and options make of them.
 */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commitOverlay, type Storage } from "../../host-js/common/index.js";
import { readConfiguration } from "../../host-js/node/configuration.js";
import { FileStorage, GrowingFile } from "../../host-js/node/file-storage.js";
import { openImage, openOverlay, openSnapshot } from "../../host-js/node/overlay-files.js";
import { withOverlay } from "../../host-js/node/overlay-option.js";
import { storageContract } from "../contracts/storage.js";
import { pattern } from "../overlay/model.js";
import { colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";

const MIB = 1 << 20;
const folder = temporaryFolder();
let counter = 0;

/** An image and the name of an overlay that is not there yet. */
function files(bytes = MIB): { base: string; overlay: string; content: Uint8Array } {
  const name = join(folder, String(counter++));
  const content = pattern(bytes, counter);
  writeFileSync(`${name}.disk`, content);
  return { base: `${name}.disk`, overlay: `${name}.overlay`, content };
}

async function contentOf(storage: Storage): Promise<Uint8Array> {
  const content = new Uint8Array(storage.bytes);
  await storage.read(0, content);
  return content;
}

/** Writes `data` at `offset` through an overlay that is opened for that. */
async function written(overlay: string, base: string, offset: number, data: Uint8Array): Promise<void> {
  const storage = await openOverlay(overlay, base);
  await storage.write(offset, data);
  await storage.close();
}

let current: { base: string; overlay: string };
storageContract("an overlay in files", {
  open: (bytes) => {
    if (bytes) {
      current = files(0);
      writeFileSync(current.base, bytes);
    }
    return openOverlay(current.overlay, current.base);
  },
  openReadOnly: () => openOverlay(current.overlay, current.base, { readOnly: true }),
});

describe("an overlay in a file", () => {
  test("holds what was written, and its base does not", async () => {
    const { base, overlay, content } = files();
    await written(overlay, base, 4096, pattern(512, 99));
    expect(readFileSync(base).equals(content)).toBe(true);
    const storage = await openOverlay(overlay, base);
    content.set(pattern(512, 99), 4096);
    expect(Buffer.compare(await contentOf(storage), content)).toBe(0);
    await storage.close();
    expect(readdirSync(folder).filter((name) => name.includes(".lock"))).toEqual([]);
  });

  test("shares its base with others, and itself with nobody", async () => {
    const { base, overlay } = files();
    const storages = [await openOverlay(overlay, base), await openOverlay(`${overlay}.2`, base)];
    await expect(openOverlay(overlay, base)).rejects.toMatchObject({ code: "disk-locked" });
    expect(() => FileStorage.open(base)).toThrow("in use by another guest");
    for (const storage of storages) await storage.close();
  });

  test("is made in an empty file, too, and nowhere when there is no base", async () => {
    const { base, overlay } = files();
    writeFileSync(overlay, "");
    await written(overlay, base, 0, pattern(512, 1));
    await expect(openOverlay(`${overlay}.x`, join(folder, "absent"))).rejects.toMatchObject({ code: "file-missing" });
    expect(existsSync(`${overlay}.x`)).toBe(false);
  });

  test.each([
    ["another size", (base: string) => truncateSync(base, MIB / 2), "overlay-base"],
    ["another beginning", (base: string) => change(base, 1024), "overlay-base"],
    ["another end", (base: string) => change(base, MIB - 1), "overlay-base"],
    ["another middle", (base: string) => change(base, MIB / 2), "overlay-base"],
  ])("refuses a base with %s", async (_, harm, code) => {
    const { base, overlay } = files();
    await written(overlay, base, 0, pattern(512, 1));
    harm(base);
    const refused = openOverlay(overlay, base);
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(overlay);
    await expect(refused).rejects.toThrow(base);
  });

  test("accepts a copy of its base, and says so once", async () => {
    const { base, overlay } = files();
    await written(overlay, base, 0, pattern(512, 1));
    utimesSync(base, new Date(), new Date("2001-01-01"));
    const reports: string[] = [];
    for (const expected of [1, 1]) {
      await (await openOverlay(overlay, base, { report: (text) => reports.push(text) })).close();
      expect(reports).toHaveLength(expected);
    }
    expect(reports[0]).toContain(base);
  });

  test.each([
    ["something else", (path: string) => writeFileSync(path, "no overlay"), "overlay-kind"],
    ["a newer version", (path: string) => change(path, 16, 9), "overlay-version"],
    ["a wrong checksum", (path: string) => change(path, 40), "overlay-damaged"],
    ["its end cut off", (path: string) => truncateSync(path, 70_000), "overlay-damaged"],
  ])("is refused with %s in it, and left alone", async (_, harm, code) => {
    const { base, overlay } = files();
    await written(overlay, base, 0, pattern(MIB / 2, 1));
    harm(overlay);
    const before = readFileSync(overlay);
    await expect(openOverlay(overlay, base)).rejects.toMatchObject({ code });
    expect(readFileSync(overlay).equals(before)).toBe(true);
  });

  test("is no disk, and no base", async () => {
    const { base, overlay } = files();
    await written(overlay, base, 0, pattern(512, 1));
    await expect(openImage(overlay)).rejects.toThrow("expected a disk image");
    await expect(openOverlay(`${overlay}.2`, overlay)).rejects.toMatchObject({ code: "overlay-kind" });
    await expect(openOverlay(base, base)).rejects.toMatchObject({ code: "overlay-kind" });
  });
});

describe("a snapshot", () => {
  test("is a disk like any other, of which nothing is left", async () => {
    const { base, content } = files();
    const storage = await openSnapshot(FileStorage.open(base, { readOnly: true }));
    await storage.write(512, pattern(MIB / 2, 5));
    await storage.flush();
    content.set(pattern(MIB / 2, 5), 512);
    expect(Buffer.compare(await contentOf(storage), content)).toBe(0);
    await storage.close();
    expect(readFileSync(base).subarray(512, 1024).equals(pattern(512, 5))).toBe(false);
  });
});

describe("colinux commit", () => {
  test("writes an overlay into its base and removes it, also when both were moved", async () => {
    const { base, overlay, content } = files(2 * MIB + 512);
    await written(overlay, base, 2 * MIB - 512, pattern(1024, 5));
    const moved = join(folder, `moved${counter++}`);
    mkdirSync(moved);
    for (const path of [base, overlay]) renameSync(path, join(moved, path.slice(folder.length + 1)));
    const there = (path: string) => join(moved, path.slice(folder.length + 1));
    const outcome = await colinux(["commit", there(overlay)]);
    expect(outcome).toMatchObject({ code: 0, stderr: expect.stringContaining(`Wrote ${there(overlay)} into`) });
    content.set(pattern(1024, 5), 2 * MIB - 512);
    expect(readFileSync(there(base)).equals(content)).toBe(true);
    expect(readdirSync(moved)).toEqual([there(base).slice(moved.length + 1)]);
  });

  test("takes the base by name where it cannot be found, and refuses others", async () => {
    const { base, overlay } = files();
    await written(overlay, base, 0, pattern(512, 5));
    const other = files();
    renameSync(base, `${base}.new`);
    expect(await colinux(["commit", overlay])).toMatchObject({ code: 2, stderr: expect.stringContaining("BASE") });
    expect(await colinux(["commit", overlay, other.base])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${overlay} does not fit ${other.base}`),
    });
    expect(readFileSync(other.base).equals(other.content)).toBe(true);
    expect(await colinux(["commit", overlay, `${base}.new`])).toMatchObject({ code: 0 });
  });

  test("is refused while overlay or base are in use, and so is discard", async () => {
    const { base, overlay } = files();
    await written(overlay, base, 0, pattern(512, 5));
    const reader = FileStorage.open(base, { readOnly: true });
    expect(await colinux(["commit", overlay])).toMatchObject({ code: 2, stderr: expect.stringContaining(base) });
    await reader.close();
    const user = await openOverlay(overlay, base);
    for (const command of ["commit", "discard"])
      expect(await colinux([command, overlay])).toMatchObject({ code: 2, stderr: expect.stringContaining("in use") });
    await user.close();
  });

  test("that was interrupted must be finished before anything else", async () => {
    const { base, overlay, content } = files();
    await written(overlay, base, 0, pattern(MIB, 5));
    const top = GrowingFile.open(overlay);
    const below = FileStorage.open(base);
    const stop = () => {
      throw new Error("interrupted");
    };
    await expect(commitOverlay(below, top, stop)).rejects.toThrow("interrupted");
    await top.close();
    await below.close();
    expect(readFileSync(base).equals(content)).toBe(false);
    await expect(openOverlay(overlay, base)).rejects.toMatchObject({ code: "overlay-unfinished" });
    expect(await colinux(["discard", overlay])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`colinux commit ${overlay}`),
    });
    expect(await colinux(["commit", overlay])).toMatchObject({ code: 0 });
    expect(readFileSync(base).equals(pattern(MIB, 5))).toBe(true);
  });
});

describe("colinux discard", () => {
  test("removes an overlay, and nothing that is none", async () => {
    const { base, overlay, content } = files();
    await written(overlay, base, 0, pattern(512, 5));
    expect(await colinux(["discard", overlay])).toMatchObject({ code: 0 });
    expect(existsSync(overlay)).toBe(false);
    expect(await colinux(["discard", base])).toMatchObject({ code: 2 });
    expect(readFileSync(base).equals(content)).toBe(true);
  });

  test.each([
    [["commit"], "nothing is named"],
    [["discard", "a", "b"], "one word too many"],
    [["commit", "--force", "a"], "--force"],
    [["discard", "/absent/x"], "/absent/x does not exist"],
  ])("%j is told what is wrong", async (args, text) => {
    expect(await colinux(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(text) });
  });
});

describe("words and options", () => {
  const read = (...words: string[]) => readConfiguration(words, () => "", "/home/me");

  test("name an overlay with a disk", () => {
    expect(read("cobd0=a.img,overlay=b").disks[0]).toEqual({
      word: "cobd0",
      path: "/home/me/a.img",
      overlay: "/home/me/b",
      readOnly: false,
    });
    expect(read("hda1=a.img,overlay=b,ro").disks[0]).toMatchObject({ overlay: "/home/me/b", readOnly: true });
    expect(() => read("cobd0=a.img,overlay=")).toThrow("a name is missing");
  });

  test("--overlay is for the one disk that is written", () => {
    const { disks } = withOverlay(read("cobd0=a,ro", "cobd3=b", "cobd4=c,overlay=d"), { overlay: "/o" });
    expect(disks.map((disk) => disk?.overlay)).toEqual([undefined, undefined, undefined, "/o", "/home/me/d"]);
    expect(() => withOverlay(read("cobd0=a", "cobd1=b"), { overlay: "o" })).toThrow("cobd0=/home/me/a,overlay=o");
    expect(() => withOverlay(read("cobd0=a,ro"), { overlay: "o" })).toThrow("there is no disk");
    expect(() => withOverlay(read("cobd0=a"), { overlay: "" })).toThrow("nothing is given");
  });

  test("--snapshot is for all disks that are written", () => {
    const { disks } = withOverlay(read("cobd0=a", "cobd1=b,ro", "cobd2=c,overlay=d"), { snapshot: true });
    expect(disks.map((disk) => disk?.snapshot)).toEqual([true, undefined, true]);
    expect(() => withOverlay(read("cobd0=a,ro"), { snapshot: true })).toThrow("there is no disk");
  });
});

/** Changes the byte at `offset`. */
function change(path: string, offset: number, to?: number): void {
  const content = readFileSync(path);
  content[offset] = to ?? content[offset]! ^ 1;
  writeFileSync(path, content);
}
