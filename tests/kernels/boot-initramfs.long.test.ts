/*
 * Debian's own kernel, unmodified, on a disk of a few files: the initramfs finds the root filesystem and starts its init, or says what is wrong.
 * The kernel's package is 112 MB to fetch when apt's cache does not have it.
 */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Machine, type StopReason } from "../../host-js/node/index.js";
import { unpack } from "../../kernels/debian/unpack.js";
import { makeBootInitramfs } from "../../kernels/image/boot-initramfs.js";
import { download } from "../../kernels/index.js";
import { temporaryFolder } from "../support/folder.js";
import { programPath } from "../support/tools.js";
import { Transcript } from "../support/transcript.js";

const UUID = "01234567-89ab-cdef-0123-456789abcdef";
const INIT = `#!/bin/busybox sh
echo "root's init with: $*"
while read -r what where type options rest; do [ "$where" = / ] && echo "on $what as $type \${options%%,*}"; done < /proc/mounts
[ -c /dev/ttyS0 ] && [ -d /sys/class/block/vda ] && echo "dev and sys are there"
/bin/busybox poweroff -f
`;

const mke2fs = programPath("mke2fs");
const folder = temporaryFolder();
const image = join(folder, "root.img");
const core = WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
let linux: string;
let busybox: string;
let kernel: Uint8Array;
let initrd: Uint8Array;

beforeAll(async () => {
  const fetch = async (name: string) => {
    const [file] = await download([name], { suite: "trixie", architecture: "riscv64" });
    return file!.path;
  };
  const depends = execFileSync("dpkg-deb", ["--field", await fetch("linux-image-riscv64"), "Depends"]).toString();
  linux = await fetch(/^linux-image-\S+/.exec(depends)![0]);
  busybox = await fetch("busybox-static");
  const made = await makeBootInitramfs({ linux, busybox });
  initrd = made.cpio;

  const tree = join(folder, "packages");
  await unpack([linux, busybox], tree);
  kernel = readFileSync(join(tree, `boot/vmlinux-${made.version}`));
  const root = join(folder, "root");
  for (const name of ["bin", "dev", "proc", "run", "sbin", "sys"]) mkdirSync(join(root, name), { recursive: true });
  cpSync(join(tree, "usr/bin/busybox"), join(root, "bin/busybox"));
  writeFileSync(join(root, "sbin/init"), INIT, { mode: 0o755 });
  writeFileSync(image, "");
  truncateSync(image, 32 << 20);
  execFileSync(mke2fs!, ["-q", "-t", "ext4", "-L", "tiny", "-U", UUID, "-d", root, image]);
}, 600_000);

/** Boots with words for the kernel; `type` is what is typed when the initramfs offers a shell, which it otherwise shall not. */
async function boot(words: readonly string[], type?: string): Promise<{ text: string; reason: StopReason }> {
  const machine = await Machine.boot({
    worker: false,
    core: await core,
    kernel,
    initrd,
    disks: [image],
    noReboot: true,
    kernelWords: ["console=ttyS0", "quiet", "cryptomgr.notests", ...(type === undefined ? ["panic=1"] : []), ...words],
  });
  const out = new Transcript();
  const listening = (async () => {
    for await (const piece of machine.console.output as AsyncIterable<Uint8Array>)
      out.add(Buffer.from(piece).toString("latin1"));
  })();
  if (type !== undefined) {
    await out.expect(/ # /, 120_000);
    await machine.console.input.getWriter().write(Buffer.from(type));
  }
  const reason = await machine.stopped;
  await listening;
  return { text: out.text.replaceAll("\r", ""), reason };
}

describe.skipIf(mke2fs === undefined && "mke2fs is not installed")("Debian's kernel with our initramfs", () => {
  it.each([
    ["root=/dev/vda", "ro"],
    [`root=UUID=${UUID}`, "ro"],
    ["root=LABEL=tiny", "rw"],
  ])("starts the init of %s, mounted %s", async (root, access) => {
    const { text, reason } = await boot([root, access, "rootdelay=5", "single"]);
    expect(text).toContain("root's init with: single\n");
    expect(text).toContain(`on /dev/vda as ext4 ${access}\n`);
    expect(text).toContain("dev and sys are there\n");
    expect(reason).toEqual({ kind: "poweroff" });
  });

  it("takes another init when the named one is missing, and says so", async () => {
    const { text } = await boot(["root=/dev/vda", "init=/nowhere"]);
    expect(text).toContain("There is no init=/nowhere on root=/dev/vda; looking for another one.\n");
    expect(text).toContain("root's init");
  });

  it("names the disks and offers a shell when root= names none", async () => {
    const { text, reason } = await boot(["root=/dev/vdb"], "poweroff -f\n");
    expect(text).toContain("There is no disk with root=/dev/vdb.\nThe disks are:\n");
    expect(text).toContain(`/dev/vda  32 MiB  ext4, UUID=${UUID}\n`);
    expect(text).toContain("This is a shell of the initramfs; exit tries again.\n");
    expect(reason).toEqual({ kind: "poweroff" });
  });

  it("panics instead with panic=", async () => {
    const { text, reason } = await boot(["root=/dev/vda", "rootfstype=vfat"]);
    expect(text).toContain("root=/dev/vda cannot be mounted as vfat; dmesg tells more.\n");
    expect(reason.kind).toMatch(/panic|reboot/);
  });
});

describe("makeBootInitramfs()", () => {
  it("makes the same bytes of the same packages", async () => {
    expect(Buffer.compare((await makeBootInitramfs({ linux, busybox })).cpio, initrd)).toBe(0);
  });

  it("rejects a package that is no kernel", async () => {
    await expect(makeBootInitramfs({ linux: busybox, busybox })).rejects.toMatchObject({ code: "PACKAGE_BROKEN" });
  });
});
