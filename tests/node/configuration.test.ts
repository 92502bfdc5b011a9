import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../host-js/node/configuration.js";
import { UsageError } from "../../host-js/node/usage-error.js";

const read = (...words: string[]) => readConfiguration(words, () => "", "/home/me");

const readWith = (files: Record<string, string>, ...words: string[]) =>
  readConfiguration(
    words,
    (path) => {
      const text = files[path];
      if (text === undefined) throw new UsageError(`@${path} does not exist.`);
      return text;
    },
    "/home/me",
  );

describe("readConfiguration()", () => {
  test("returns nothing for nothing", () => {
    expect(read()).toEqual({ disks: [], aliases: new Map(), kernelWords: [], notYet: [] });
  });

  test("reads the original's words", () => {
    const c = read("kernel=Image", "initrd=/boot/i.gz", "mem=512", "cobd0=disk.img", "root=/dev/cobd0", "cocon=120x40");
    expect(c).toMatchObject({
      kernel: "/home/me/Image",
      initrd: "/boot/i.gz",
      memoryMib: 512,
      root: "/dev/cobd0",
      console: { columns: 120, rows: 40 },
    });
    expect(c.disks).toEqual([{ word: "cobd0", path: "/home/me/disk.img", readOnly: false }]);
  });

  test("gives unknown words to the kernel, in their order", () => {
    expect(read("quiet", "foo=bar=baz", "init=/bin/sh", "ro").kernelWords).toEqual([
      "quiet",
      "foo=bar=baz",
      "init=/bin/sh",
      "ro",
    ]);
  });

  test("lets the last word of a kind win", () => {
    expect(read("mem=64", "cobd1=a", "mem=128", "cobd1=b,ro")).toMatchObject({ memoryMib: 128 });
    expect(read("cobd1=a", "cobd1=b,ro").disks[1]).toEqual({ word: "cobd1", path: "/home/me/b", readOnly: true });
  });

  test.each([
    ["256", 256],
    ["512M", 512],
    ["512MB", 512],
    ["512MiB", 512],
    ["1G", 1024],
    ["1g", 1024],
    ["16", 16],
    ["3584", 3584],
  ])("reads mem=%s as %i MiB", (text, mib) => {
    expect(read(`mem=${text}`).memoryMib).toBe(mib);
  });

  test.each([
    ["mem=8", "too little"],
    ["mem=0", "too little"],
    ["mem=4G", "too much"],
    ["mem=3585", "too much"],
    ["mem=lots", "not a memory size"],
    ["mem=-5", "not a memory size"],
    ["mem=", "not a memory size"],
    ["mem=1.5G", "not a memory size"],
    ["cobd99=x", "cobd0 to cobd31"],
    ["cobd32=x", "cobd0 to cobd31"],
    ["cobd0=", "nothing is given"],
    ["cobd0", "nothing is given"],
    ["kernel=", "nothing is given"],
    ["initrd", "nothing is given"],
    ["root=", "nothing is given"],
    ["cocon=120", "COLUMNSxROWS"],
    ["cocon=0x10", "COLUMNSxROWS"],
    ["cocon=99999x10", "COLUMNSxROWS"],
    ["hda1=:cobd0", "there is no cobd0"],
    ["hda1=:hda2", "by its number"],
    ["kernel=:cobd0", "there is no cobd0"],
    ["initrd=:cobd3", "there is no cobd3"],
    ["kernel=:hda1", "by its number"],
    ["kernel=:cobd32", "cobd0 to cobd31"],
    ["@", "name of a configuration file"],
  ])("refuses %s: %s", (word, why) => {
    expect(() => read(word)).toThrow(UsageError);
    expect(() => read(word)).toThrow(why);
  });

  test("puts an alias with a file on the first free disk", () => {
    const c = read("hda1=one.img", "cobd0=zero.img", "sdb=two.img,ro");
    expect(c.disks.map((d) => d?.path)).toEqual(["/home/me/zero.img", "/home/me/one.img", "/home/me/two.img"]);
    expect([...c.aliases]).toEqual([
      ["hda1", 1],
      ["sdb", 2],
    ]);
  });

  test("lets an alias name a disk that comes later", () => {
    expect([...read("hda1=:cobd3", "cobd3=x.img").aliases]).toEqual([["hda1", 3]]);
  });

  test("takes kernel and initrd from a disk that may come later, which is then the root", () => {
    expect(read("kernel=:cobd3", "cobd3=x.img")).toMatchObject({ kernel: { disk: 3 }, root: "/dev/cobd3" });
    expect(read("cobd3=x.img", "root=/dev/vda", "kernel=:cobd3")).toMatchObject({ root: "/dev/vda" });
    expect(read("cobd3=x.img", "initrd=:cobd3")).toMatchObject({ initrd: { disk: 3 } });
    expect(read("cobd3=x.img", "initrd=:cobd3").root).toBeUndefined();
  });

  test("leaves out devices that do not exist yet and says so", () => {
    const c = read("eth0=slirp", "cofs0=/tmp", "setcobd=async", "ethernet=on");
    expect(c.notYet).toEqual(["eth0=slirp", "cofs0=/tmp", "setcobd=async"]);
    expect(c.kernelWords).toEqual(["ethernet=on"]);
  });
});

describe("@file", () => {
  test("is replaced by its words, whose paths count from its folder", () => {
    const files = {
      "/home/me/guests/a.conf": "# a guest\nkernel=Image mem=64\ncobd0=root.img # the root\nroot=/dev/cobd0\nro\n",
    };
    expect(readWith(files, "@guests/a.conf", "mem=128")).toMatchObject({
      kernel: "/home/me/guests/Image",
      memoryMib: 128,
      disks: [{ path: "/home/me/guests/root.img" }],
      root: "/dev/cobd0",
      kernelWords: ["ro"],
    });
  });

  test("gives way to a later one", () => {
    expect(readWith({ "/home/me/a": "mem=64", "/home/me/b": "mem=96" }, "@a", "@b").memoryMib).toBe(96);
  });

  test("understands quotes, keeps backslashes, and # inside a word", () => {
    const text = "cobd0=\"my disk.img\"\r\nfoo='a b'\nbar=c#d\nbaz=C:\\x\n'#quoted'\n";
    const c = readWith({ "/home/me/a": text }, "@a");
    expect(c.disks[0]?.path).toBe("/home/me/my disk.img");
    expect(c.kernelWords).toEqual(["foo=a b", "bar=c#d", "baz=C:\\x", "#quoted"]);
  });

  test("is refused when a quote stays open, with the line", () => {
    expect(() => readWith({ "/home/me/a": 'mem=64\ncobd0="x\n' }, "@a")).toThrow("@a, line 2");
  });

  test("is refused when absent and when it names itself", () => {
    expect(() => readWith({}, "@a")).toThrow("does not exist");
    expect(() => readWith({ "/home/me/a": "@a" }, "@a")).toThrow("circle");
  });
});
