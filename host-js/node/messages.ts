/*
 * What the user is told when a machine has stopped, and the exit codes that tell it to scripts.
 *
 * A panic is told in the kernel's words with a hint where the cause is known.
 */

import type { KernelReport, StopReason } from "../common/index.js";
import type { Configuration } from "./configuration.js";
import { diskNames } from "./disk-names.js";
import { kernelSymbols } from "./profile-symbols.js";

const CALLS_MAX = 8;

export const EXIT_OK = 0;
/** The input ended and the guest went on. */
export const EXIT_STILL_RUNNING = 1;
export const EXIT_USAGE = 2;
export const EXIT_PANIC = 3;
export const EXIT_REBOOT = 4;
/** A bare program that used up its instructions, as timeout(1) says it. */
export const EXIT_LIMIT = 124;
/** A fault of ours [sysexits.h: EX_SOFTWARE]. */
export const EXIT_FAULT = 70;

export interface Ending {
  readonly exitCode: number;
  /** For the user; empty when there is nothing to say. */
  readonly lines: readonly string[];
}

/** How the command ends when the machine stopped for `reason`. */
export function endingOf(reason: StopReason, asked: Configuration): Ending {
  switch (reason.kind) {
    case "poweroff":
      return { exitCode: EXIT_OK, lines: ["Powered off."] };
    case "halt":
      return { exitCode: EXIT_OK, lines: ["Halted."] };
    case "reboot":
      return { exitCode: EXIT_REBOOT, lines: ["Rebooted; stopped because of --no-reboot."] };
    case "panic":
      return {
        exitCode: EXIT_PANIC,
        lines: [...whatLines(reason, asked), ...whereLines(reason.report, asked)],
      };
    case "exit":
      return { exitCode: reason.code, lines: [] };
    case "limit":
      return { exitCode: EXIT_LIMIT, lines: ["Stopped: the program used up its --max-insns."] };
    case "killed":
      return { exitCode: EXIT_OK, lines: [] };
    case "fault":
      return { exitCode: EXIT_FAULT, lines: faultLines(reason.message, reason.stack) };
  }
}

/** A fault of ours, wherever it was noticed. */
export function faultLines(message: string, stack?: string): string[] {
  return [
    `This is a fault in colinux, not in the guest: ${message}`,
    "Please report it, with the words of the command line.",
    ...(stack !== undefined && process.env.COLINUX_DEBUG ? stack.split("\n") : []),
  ];
}

function whatLines({ message, report }: StopReason & { kind: "panic" }, asked: Configuration): string[] {
  if (report?.kind !== "oops") return panicLines(message, asked);
  return [`The guest's kernel found an error in itself and was shut down: ${message}`];
}

function panicLines(message: string, asked: Configuration): string[] {
  const text = message.replace(/^Kernel panic - not syncing:\s*/, "").trim();
  return [`Kernel panic: ${text === "" ? "the kernel gave no reason" : text}`, ...panicHint(text, asked)];
}

/** Where in the kernel it was, as far as its symbols are known. */
function whereLines(report: KernelReport | undefined, asked: Configuration): string[] {
  if (report === undefined || report.stack.length === 0) return [];
  const symbols = kernelSymbols(asked.kernel);
  const names = report.stack.map((address) => symbols.nameOf(address)).filter((name) => name !== undefined);
  // What stands before it told of the panic.
  const calls = names
    .slice(names.lastIndexOf("panic") + 1)
    .filter((name, i, all) => name !== all[i - 1])
    .slice(0, CALLS_MAX);
  return calls.length === 0 ? [] : [`It was running ${report.program}, in ${calls.join(" < ")}`];
}

function panicHint(text: string, asked: Configuration): string[] {
  if (/unable to mount root fs|cannot open root device/i.test(text)) {
    const root = asked.root === undefined ? "No root= was given." : `root=${asked.root} could not be mounted.`;
    return [`${root} ${diskList(asked)}`];
  }
  if (/no working init found|requested init/i.test(text)) {
    return [
      "The root filesystem has no program to start with: see init= on the command line, /init and /sbin/init in the filesystem.",
    ];
  }
  if (/attempted to kill init/i.test(text)) {
    return [`The guest's first program (init) ended${initEnd(text)}, which Linux cannot survive.`];
  }
  if (/out of memory|deadlocked on memory|failed to allocate/i.test(text)) {
    return [
      `The guest has ${asked.memoryMib ?? 256} MiB of memory; give it more, as in mem=${2 * (asked.memoryMib ?? 256)}`,
    ];
  }
  return [];
}

function diskList(asked: Configuration): string {
  const names = [...diskNames(asked.disks)];
  if (names.length === 0) return "There are no disks; give one as in cobd0=disk.img root=/dev/cobd0";
  return `The disks are: ${names.map(([number, name]) => `/dev/cobd${number} (${asked.disks[number]!.path}, /dev/${name} in Linux)`).join(", ")}`;
}

/** `exitcode=0x0000ff00` is a wait status: the exit code in the second byte, a signal in the first. */
function initEnd(text: string): string {
  const status = Number(/exitcode=(0x[0-9a-f]+)/i.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) return "";
  return status & 0x7f ? ` by signal ${status & 0x7f}` : ` with exit code ${(status >> 8) & 0xff}`;
}
