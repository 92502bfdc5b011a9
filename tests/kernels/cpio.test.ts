import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type CpioEntry, writeCpio } from "../../kernels/rootfs/cpio.js";

const TEXT = Buffer.from("hello\n");

const ENTRIES: CpioEntry[] = [
  { path: "usr/bin/tool", kind: "file", mode: 0o755, data: TEXT },
  { path: "dev/console", kind: "device", mode: 0o600, major: 5, minor: 1 },
  { path: "usr", kind: "directory", mode: 0o755 },
  { path: "dev", kind: "directory", mode: 0o755 },
  { path: "bin", kind: "link", target: "usr/bin" },
  { path: "usr/bin", kind: "directory", mode: 0o755 },
  { path: "empty", kind: "file", mode: 0o600, data: new Uint8Array(0) },
];

interface Parsed {
  readonly path: string;
  readonly numbers: readonly number[];
  readonly data: Buffer;
}

/** Reads an archive as the kernel does [linux init/initramfs.c]. */
function readCpio(archive: Uint8Array): Parsed[] {
  const bytes = Buffer.from(archive);
  const entries: Parsed[] = [];
  for (let at = 0; ; ) {
    expect(bytes.toString("latin1", at, at + 6)).toBe("070701");
    const numbers = Array.from({ length: 13 }, (_, i) =>
      parseInt(bytes.toString("latin1", at + 6 + i * 8, at + 14 + i * 8), 16),
    );
    const path = bytes.toString("utf8", at + 110, at + 110 + numbers[11] - 1);
    const data = (at + 110 + numbers[11] + 3) & ~3;
    if (path === "TRAILER!!!") return entries;
    entries.push({ path, numbers, data: bytes.subarray(data, data + numbers[6]) });
    at = (data + numbers[6] + 3) & ~3;
  }
}

describe("writeCpio()", () => {
  it("writes each entry with its type, mode, data and device number", () => {
    const summary = readCpio(writeCpio(ENTRIES)).map(({ path, numbers, data }) => {
      const [, mode, , , , , , , , major, minor] = numbers;
      return [path, mode.toString(8), data.toString(), major, minor];
    });
    expect(summary).toEqual([
      ["bin", "120777", "usr/bin", 0, 0],
      ["dev", "40755", "", 0, 0],
      ["dev/console", "20600", "", 5, 1],
      ["empty", "100600", "", 0, 0],
      ["usr", "40755", "", 0, 0],
      ["usr/bin", "40755", "", 0, 0],
      ["usr/bin/tool", "100755", "hello\n", 0, 0],
    ]);
  });

  it("gives everything to root, dates it 1970 and numbers inodes apart", () => {
    const entries = readCpio(writeCpio(ENTRIES));
    for (const { numbers } of entries) expect([numbers[2], numbers[3], numbers[5]]).toEqual([0, 0, 0]);
    expect(new Set(entries.map(({ numbers }) => numbers[0])).size).toBe(entries.length);
  });

  it("writes the same archive whatever the order of its entries", () => {
    expect(writeCpio([...ENTRIES].reverse())).toEqual(writeCpio(ENTRIES));
  });

  it("rejects an entry that is given twice, absolute, or without its directory", () => {
    const file = (path: string): CpioEntry => ({ path, kind: "file", mode: 0o644, data: TEXT });
    expect(() => writeCpio([file("a"), file("a")])).toThrow('"a" is given twice');
    expect(() => writeCpio([file("/a")])).toThrow('"/a" is not a relative path');
    expect(() => writeCpio([file("a"), file("a/b")])).toThrow('"a/b" lacks its parent directory');
  });

  const installed = spawnSync("cpio", ["--version"]).status === 0;
  it.skipIf(!installed)(`is understood by cpio${installed ? "" : " (skipped: cpio is not installed)"}`, () => {
    const names = execFileSync("cpio", ["--list", "--quiet"], { input: writeCpio(ENTRIES) });
    expect(names.toString().trim().split("\n")).toEqual(ENTRIES.map(({ path }) => path).sort());
  });
});
