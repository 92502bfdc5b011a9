/*
 * Our kernel and small system on another machine: QEMU's "virt", which has no host that could be joined.
 */

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { temporaryFolder } from "../support/folder.js";
import { ensureQemu } from "../support/qemu/index.js";

const folder = temporaryFolder();
const COMMANDS = [
  "ls /proc/colinux 2>&1",
  "dd if=/dev/vda bs=8 count=1 2> /dev/null; echo",
  "ls /sys/bus/platform/drivers/virtio-mmio | grep -c mmio",
  "grep -w cofs /proc/filesystems",
  "dmesg | grep -i cooperative",
  "poweroff",
];

test("boots, with the drivers of that machine and without a word about ours", async () => {
  const disk = join(folder, "disk.img");
  writeFileSync(disk, Buffer.alloc(1 << 20, "on disk\n"));
  const qemu = await ensureQemu();
  const machine = ["-M", "virt", "-m", "256", "-nographic", "-kernel", findKernel()!.image];
  const devices = ["-drive", `file=${disk},format=raw,if=none,id=d`, "-device", "virtio-blk-device,drive=d"];
  const guest = spawn(
    qemu.command,
    [
      ...[...qemu.args, ...machine, ...devices],
      ...["-initrd", findInitramfs()!.cpio, "-append", "quiet console=ttyS0 TERM=dumb"],
    ],
    { env: { ...process.env, ...qemu.env }, stdio: ["pipe", "pipe", "inherit"] },
  );
  let said = "";
  guest.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (!said.includes("# ") && (said + text).includes("# ")) guest.stdin.write(`${COMMANDS.join("\n")}\n`);
    said += text;
  });
  const code = await new Promise((ended) => guest.on("close", ended));
  expect(said).toContain("ls: /proc/colinux: No such file or directory");
  expect(said).toContain("\non disk\r\n");
  expect(said).toMatch(/^1\r$/m);
  expect(said).toContain("nodev\tcofs");
  expect(said.replaceAll(COMMANDS[4]!, "")).not.toContain("ooperative");
  expect(said).not.toContain("File exists");
  expect(code).toBe(0);
});
