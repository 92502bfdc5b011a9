/*
 * What goes wrong with an image on the host's side reaches the guest as an I/O error and the user as one message, and both go on.
 */

import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Storage } from "../../host-js/common/index.js";
import { temporaryFolder } from "../support/folder.js";
import { Session } from "../support/session.js";
import { Shell } from "../support/shell.js";
import { check, makeExt4, missingPrograms, mke2fs } from "./ext4.js";

const MIB = 1 << 20;
const folder = temporaryFolder();

function image(name: string, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, "");
  truncateSync(path, bytes);
  return path;
}

/** A program to run instead of Node that does something before it. */
function nodeAfter(name: string, commands: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${commands}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Runs what must fail with an I/O error in the guest. */
async function fails(session: Session, command: string): Promise<void> {
  await expect(session.run(command)).rejects.toThrow(/I\/O error|Input\/output error|Read-only file system/);
}

/** Powers off, and expects that the user was told these things before, each once. */
async function endsHaving(session: Session, ...told: string[]): Promise<void> {
  const { code, stderr } = await session.powerOff();
  const lines = stderr
    .trimEnd()
    .split("\n")
    .filter((line) => line.startsWith("colinux: "));
  expect(lines.map((line) => told.find((text) => line.includes(text)) ?? line)).toEqual([
    ...told,
    "colinux: Powered off.",
  ]);
  expect(code).toBe(0);
}

describe("an image on a host that lets no file be so large", () => {
  test("takes what fits, and fails the rest", async () => {
    const path = image("limited.img", 16 * MIB);
    const limited = nodeAfter("limited", `ulimit -f ${(4 * MIB) / 512}\nexec "${process.execPath}" "$@"`);
    const session = await Session.atPrompt([`cobd0=${path}`], limited);
    await session.run("dd if=/usr/bin/busybox of=/dev/vda bs=64k count=1 conv=fsync");
    await fails(session, "dd if=/dev/zero of=/dev/vda bs=64k seek=100 count=1 conv=fsync");
    await fails(session, "dd if=/dev/zero of=/dev/vda bs=64k seek=110 count=3 conv=fsync");
    await session.run("dd if=/usr/bin/busybox of=/dev/vda bs=64k count=1 seek=1 conv=fsync");
    await endsHaving(session, "cobd0: the guest got an I/O error: ");
    expect(readFileSync(path).subarray(0, 4).toString("latin1")).toBe("\x7fELF");
  });
});

const ownMounts = ["unshare", "--user", "--map-root-user", "--mount"];
const canMount = spawnSync(ownMounts[0]!, [...ownMounts.slice(1), "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
const noMounts = !canMount && "this system lets nobody have mounts of his own (unshare --user --mount)";

describe.skipIf(noMounts || (missingPrograms.length > 0 && "e2fsprogs is not installed"))(
  "a sparse image on a host without space",
  () => {
    test("fails writes until there is space again", async () => {
      const mount = join(folder, "small");
      const source = join(folder, "source.img");
      makeExt4(source, 32 * MIB);
      const begin = [
        `mkdir -p "${mount}"`,
        `mount -t tmpfs -o size=12m none "${mount}"`,
        `cp --sparse=always "${source}" "${mount}/disk.img"`,
        `head -c ${6 * MIB} /dev/zero > "${mount}/ballast"`,
        `exec "${process.execPath}" "$@"`,
      ].join(" && ");
      const small = nodeAfter("small-host", `exec ${ownMounts.join(" ")} sh -c '${begin}' sh "$@"`);
      const session = await Session.atPrompt([`cobd0=${mount}/disk.img`], small);
      const inside = (path: string) => `/proc/${session.process.pid}/root${path}`;
      await session.run("mount -t ext4 /dev/vda /mnt");
      await session.run("seq 1000 > /mnt/before; sync /mnt/before");
      await fails(session, "dd if=/dev/zero of=/mnt/large bs=1M count=12 conv=fsync");
      await session.run("rm /mnt/large; umount /mnt; true");
      rmSync(inside(`${mount}/ballast`));
      await session.run("mount -t ext4 /dev/vda /mnt && seq 1000 | cmp - /mnt/before");
      await session.run("dd if=/usr/bin/busybox of=/mnt/after conv=fsync && cmp /usr/bin/busybox /mnt/after");
      await session.run("umount /mnt");
      writeFileSync(source, readFileSync(inside(`${mount}/disk.img`)));
      await endsHaving(session, "the host has no space left where it lies");
      expect(await check(source)).toEqual([]);
    });
  },
);

describe("an image in use that somebody else laid hands on", () => {
  test("is given up when it was deleted, and tells how to save it", async () => {
    const path = image("deleted.img", 4 * MIB);
    const session = await Session.atPrompt([`cobd0=${path}`]);
    await session.run("dd if=/usr/bin/busybox of=/dev/vda bs=64k count=1 conv=fsync");
    rmSync(path);
    await fails(session, "dd if=/usr/bin/busybox of=/dev/vda bs=64k count=1 seek=1 conv=fsync");
    await fails(session, "dd if=/usr/bin/busybox of=/dev/vda bs=64k count=1 seek=2 conv=fsync");
    await session.run("cmp -n 65536 /usr/bin/busybox /dev/vda");
    await endsHaving(session, `cobd0: the guest got an I/O error: ${path} was deleted while in use`);
  });

  test("is given up when it was made shorter", async () => {
    const path = image("shorter.img", 4 * MIB);
    const session = await Session.atPrompt([`cobd0=${path}`]);
    truncateSync(path, MIB);
    await fails(session, "dd if=/dev/vda of=/dev/null bs=64k skip=32 count=1");
    await fails(session, "dd if=/dev/zero of=/dev/vda bs=64k seek=40 count=1 conv=fsync");
    await session.run("dd if=/dev/vda of=/dev/null bs=64k count=8");
    await endsHaving(session, `${path} was made shorter than its ${4 * MIB} bytes while in use`);
  });
});

type Request = "read" | "write" | "flush";

/** A disk in memory that fails when the test says so. */
class FailingStorage implements Storage {
  readonly readOnly = false;
  /** What the request fails with, if it does; of a read or a write with the bytes. */
  failure: (request: Request, bytes: Uint8Array) => Error | undefined = () => undefined;
  readonly content: Uint8Array;

  constructor(content: Uint8Array) {
    this.content = new Uint8Array(content);
  }

  get bytes(): number {
    return this.content.length;
  }

  read(offset: number, into: Uint8Array): void {
    this.check("read", this.content.subarray(offset, offset + into.length));
    into.set(this.content.subarray(offset, offset + into.length));
  }

  write(offset: number, from: Uint8Array): void {
    this.check("write", from);
    this.content.set(from, offset);
  }

  async flush(): Promise<void> {
    this.check("flush", new Uint8Array(0));
  }

  close(): void {}

  private check(request: Request, bytes: Uint8Array): void {
    const error = this.failure(request, bytes);
    if (error) throw error;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: the medium fails`), { code });
}

describe.skipIf(missingPrograms.length > 0 && "e2fsprogs is not installed")("a filesystem on a disk that", () => {
  async function mounted(): Promise<{ disk: FailingStorage; shell: Shell }> {
    const disk = new FailingStorage(mke2fs(16 * MIB));
    const shell = await Shell.boot({ disks: [disk] });
    await shell.run(
      "mount -t ext4 /dev/vda /mnt; yes BAD | head -c 8192 > /mnt/bad; seq 9999 > /mnt/good; umount /mnt",
    );
    await shell.run("mount -t ext4 /dev/vda /mnt");
    return { disk, shell };
  }

  /** Mounts it again, which must find all that was there at first, and ends with a clean filesystem. */
  async function recovers(disk: FailingStorage, shell: Shell): Promise<void> {
    disk.failure = () => undefined;
    await shell.run("umount /mnt; mount -t ext4 /dev/vda /mnt");
    expect(
      await shell.run("seq 9999 | cmp - /mnt/good && echo new > /mnt/new && sync /mnt/new && umount /mnt"),
    ).toMatchObject({ status: 0 });
    expect((await shell.powerOff()).kind).toBe("poweroff");
    const path = join(folder, "recovered.img");
    writeFileSync(path, disk.content);
    expect(await check(path)).toEqual([]);
  }

  test("cannot read some sectors has errors for the file that lies there, and no other", async () => {
    const { disk, shell } = await mounted();
    disk.failure = (request, bytes) =>
      request === "read" && Buffer.from(bytes).includes("BAD\nBAD") ? failure("EIO") : undefined;
    expect(await shell.run("cat /mnt/bad")).toMatchObject({ status: 1, text: expect.stringContaining("error") });
    expect(await shell.run("seq 9999 | cmp - /mnt/good")).toMatchObject({ status: 0 });
    expect(shell.reports).toEqual(["cobd0: the guest got an I/O error: EIO: the medium fails"]);
    await recovers(disk, shell);
    expect(shell.reports).toHaveLength(1);
  });

  test.each([
    ["has no space left", "write", "ENOSPC"],
    ["cannot flush", "flush", "EIO"],
  ])("%s says so to whoever asks for durability, and is mended by the next mount", async (_, request, code) => {
    const { disk, shell } = await mounted();
    disk.failure = (asked) => (asked === request ? failure(code) : undefined);
    for (const n of [1, 2, 3])
      expect((await shell.run(`seq 5000 | dd of=/mnt/lost${n} conv=fsync`)).status).not.toBe(0);
    expect(shell.reports).toEqual([`cobd0: the guest got an I/O error: ${code}: the medium fails`]);
    await recovers(disk, shell);
  });
});
