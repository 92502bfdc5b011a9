/*
 * Everything that a user can get wrong: exit code 2, at most four lines that name it, never a stack trace.
 */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockImage } from "../../host-js/node/file-lock.js";
import { colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder();
const cwd = folder;

beforeAll(() => {
  chmodSync(folder, 0o755);
  const file = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, "directory"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  file("empty", "");
  file("text", "This is no kernel, and it is no archive either.\n".repeat(100));
  file("cut.gz", gzipSync(new Uint8Array(100_000).map((_, i) => i * i)).subarray(0, 200));
  file("disk.img", new Uint8Array(4096));
  file("odd.img", new Uint8Array(1000));
  file("locked.img", new Uint8Array(4096));
  file("protected.img", new Uint8Array(4096));
  chmodSync(join(folder, "protected.img"), 0o444);
  file("quote.conf", 'mem=64\ncobd0="disk.img\n');
  file("circle.conf", "@circle.conf");
  file("memory.conf", "mem=8\n");
  symlinkSync("nowhere", join(folder, "dangling"));
});

async function expectRefusal(args: string[], fragments: string[], options = {}): Promise<void> {
  const { code, stderr, stdout } = await colinux(args, { cwd, ...options });
  const lines = stderr.trimEnd().split("\n");
  expect(stderr).not.toMatch(/^\s+at /m);
  for (const fragment of fragments) expect(stderr).toContain(fragment);
  expect(lines[0]).toMatch(/^colinux: /);
  expect(lines.length).toBeLessThanOrEqual(4);
  expect(stdout).toBe("");
  expect(code).toBe(2);
}

describe("words", () => {
  test.each<[string[], string[]]>([
    [["--frob"], ["--frob", "--help"]],
    [["-z"], ["-z"]],
    [["--no-reboot=yes"], ["--no-reboot"]],
    [["mem=8"], ["mem=8", "too little", "16 to 3584"]],
    [["mem=9999"], ["mem=9999", "too much", "16 to 3584"]],
    [["mem=lots"], ["mem=lots", "not a memory size"]],
    [["cobd99=disk.img"], ["cobd99", "cobd31"]],
    [["cobd0="], ["cobd0=", "disk image"]],
    [["hda1=:cobd3"], ["hda1=:cobd3", "cobd3"]],
    [["cocon=huge"], ["cocon=huge", "cocon=120x40"]],
    [["kernel="], ["kernel=", "expected a file"]],
    [["@absent.conf"], ["absent.conf", "does not exist"]],
    [["@directory"], ["directory", "configuration file"]],
    [["@quote.conf"], ["quote.conf", "line 2", "quote"]],
    [["@circle.conf"], ["circle"]],
    [["@memory.conf"], ["mem=8"]],
  ])("%j", expectRefusal);
});

describe("files", () => {
  test.each<[string[], string[]]>([
    [["kernel=absent"], ["absent", "does not exist"]],
    [["kernel=dangling"], ["dangling", "does not exist"]],
    [["kernel=disk.img/absent"], ["disk.img/absent", "does not exist"]],
    [["kernel=directory"], ["directory", "is a directory"]],
    [["kernel=/dev/zero"], ["/dev/zero", "device"]],
    [["initrd=pipe"], ["pipe", "device or a pipe"]],
    [[`kernel=${"x".repeat(300)}`], ["cannot be opened"]],
    [["kernel=empty"], ["kernel=", "empty"]],
    [["kernel=text"], ["kernel=", "text"]],
    [["kernel=cut.gz"], ["kernel=", "cut.gz"]],
    [[`kernel=${process.execPath}`], ["kernel=", "RISC-V"]],
    [["initrd=absent"], ["absent", "does not exist"]],
    [["initrd=directory"], ["directory", "is a directory"]],
    [["initrd=empty"], ["initrd=", "empty"]],
    [["initrd=text"], ["initrd=", "text"]],
    [["initrd=cut.gz"], ["initrd=", "cut.gz"]],
    [["cobd0=absent.img"], ["absent.img", "does not exist"]],
    [["cobd0=directory"], ["directory", "is a directory"]],
    [["cobd0=empty"], ["empty"]],
    [["cobd0=odd.img"], ["odd.img", "1000 bytes", "multiple of 512"]],
    [["hda1=odd.img"], ["odd.img", "1000 bytes"]],
    [
      ["cobd0=disk.img", "cobd1=disk.img"],
      ["disk.img", "in use"],
    ],
  ])("%j", expectRefusal);
});

describe("a disk in use", () => {
  let release: () => void;
  beforeAll(() => {
    release = lockImage(join(folder, "locked.img"), "write");
  });
  afterAll(() => release());

  test.each([["cobd0=locked.img"], ["cobd0=locked.img,ro"]])("%s", (word) =>
    expectRefusal([word], ["locked.img", "in use", `process ${process.pid}`, "locked.img.lock"]),
  );
});

test.skipIf(process.getuid?.() !== 0 && "a user who may not write is made by root")(
  "a disk that may not be written",
  () =>
    expectRefusal(["kernel=text", "initrd=text", "cobd0=protected.img"], ["protected.img", "permission", ",ro"], {
      uid: 65534,
      gid: 65534,
    }),
);
