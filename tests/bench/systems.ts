/*
 * The systems that are compared: the same root filesystem, 256 MiB and one hart; the same kernel on machines, or kernels on ours. v86 has the
 * same programs for another processor, and a kernel for that.
 *
 * Ours is the command as users run it. It gets no `kernel=`: without one it boots the same file, with the words of KERNEL_WORDS.
 * In Chromium ours has no command; what the command would do is said to chromium.ts.
 */

import { join } from "node:path";
import { kernelsRoot } from "../../kernels/cache.js";
import type { Qemu } from "../support/qemu/index.js";
import type { Start } from "./machine.js";
import type { V86 } from "./v86-parts.js";

/** "x87" and "sse2" are v86, with programs that compute by the one or the other. */
export type SystemName = "ours" | "chromium" | "qemu" | "plain" | "debian" | "x87" | "sse2";

/** What a machine is made of: paths. */
export interface Parts {
  readonly initrd: string;
  /** A raw image. */
  readonly disk?: string;
  /** For our machines: they compile nothing. */
  readonly noJit?: boolean;
}

export interface PartsWithKernel extends Parts {
  readonly kernel: string;
}

export const MEMORY_MIB = 256;
/** As in host-js/node/command-line.ts and, for output that is no terminal, command.ts. */
export const KERNEL_WORDS = "quiet console=hvc0 TERM=dumb";

/** How to start our machine. */
export function ours({ initrd, disk, noJit }: Parts): Start {
  const command = join(kernelsRoot(), "../dist/host-js/node/colinux.js");
  const disks = disk === undefined ? [] : [`cobd0=${disk}`];
  const options = noJit === true ? ["--no-jit"] : [];
  const words = [`initrd=${initrd}`, `mem=${MEMORY_MIB}`, ...disks];
  return { command: process.execPath, args: [command, ...options, ...words], env: {} };
}

/** How to start our machine with our kernel as any machine could run it, without its cooperative drivers. */
export function plain(parts: PartsWithKernel): Start {
  return withKernel(parts, KERNEL_WORDS);
}

/** How to start our machine with Debian's kernel, whose console is the serial port. */
export function debian(parts: PartsWithKernel): Start {
  return withKernel(parts, "quiet console=ttyS0 TERM=dumb");
}

function withKernel(parts: PartsWithKernel, kernelWords: string): Start {
  const { args, ...start } = ours(parts);
  return { ...start, args: [...args, `kernel=${parts.kernel}`, ...kernelWords.split(" ")] };
}

/** How to start our machine in Chromium, where it has no disks. */
export function chromium({ kernel, initrd, noJit }: PartsWithKernel): Start {
  const adapter = join(kernelsRoot(), "../dist/tests/bench/chromium.js");
  const options = noJit === true ? ["--no-jit"] : [];
  return {
    command: process.execPath,
    args: [adapter, kernel, initrd, `${MEMORY_MIB}`, KERNEL_WORDS, ...options],
    env: {},
  };
}

/** How to start v86, in Chromium, too. What protects a kernel from another's guesses costs time that ours has not to spend. */
export function v86({ library, bios, vgaBios, kernel }: V86, { initrd }: Parts): Start {
  const adapter = join(kernelsRoot(), "../dist/tests/bench/v86.js");
  const kernelWords = "quiet console=ttyS0 TERM=dumb mitigations=off";
  const args = [adapter, library, bios, vgaBios, kernel, initrd, `${MEMORY_MIB}`, kernelWords];
  return { command: process.execPath, args, env: {} };
}

/** How to start QEMU's. */
export function qemu({ command, args, env }: Qemu, { kernel, initrd, disk }: PartsWithKernel): Start {
  const machine = ["-M", "virt", "-cpu", "rv64", "-m", `${MEMORY_MIB}`, "-smp", "1", "-accel", "tcg"];
  const none = ["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"];
  const console = ["-chardev", "stdio,id=console,signal=off", "-device", "virtio-serial-device"];
  const boot = ["-kernel", kernel, "-initrd", initrd, "-append", KERNEL_WORDS];
  const drive = ["-drive", `file=${disk},format=raw,if=none,id=disk`, "-device", "virtio-blk-device,drive=disk"];
  return {
    command,
    args: [
      ...args,
      ...machine,
      ...none,
      ...console,
      ...["-device", "virtconsole,chardev=console"],
      ...boot,
      ...(disk === undefined ? [] : drive),
    ],
    env,
  };
}
