/*
 * From what the user asked for to a machine, and what is said when that cannot be done: `colinux` and `colinux run` alike.
 */

import { readFileSync, type Stats, statSync } from "node:fs";
import { ColinuxError } from "../common/index.js";
import type { BareAsked } from "./bare.js";
import type { BootOptions } from "./boot-options.js";
import type { Configuration } from "./configuration.js";
import { isOnDisk, rootDisk } from "./disk-names.js";
import { FileError, StorageError } from "./file-error.js";
import { EXIT_FAULT, faultLines } from "./messages.js";
import { tell } from "./style.js";
import type { Terminal } from "./terminal.js";
import { UsageError } from "./usage-error.js";

const MIB = 1 << 20;
const TEXT_BYTES_MAX = 1 << 20;

/** What is wrong with words and files, as against the core that is not the one this host was built with. */
export function isUsersToMend(error: unknown): error is Error {
  if (error instanceof ColinuxError) return !error.code.startsWith("core-");
  return error instanceof UsageError || error instanceof FileError || error instanceof StorageError;
}

/** Says that we failed, with all there is to know when COLINUX_DEBUG is set. Returns the exit code. */
export function tellFault(error: unknown): number {
  if (error instanceof Error) tell(...faultLines(error.message, error.stack));
  else tell(...faultLines(String(error)));
  return EXIT_FAULT;
}

/** What `boot` is to be told. */
export function bootOptions(
  asked: Configuration,
  bare: BareAsked | undefined,
  terminal: Terminal | undefined,
  noReboot: boolean,
): BootOptions {
  const console = asked.console ?? terminal?.size();
  return {
    ...(asked.kernel !== undefined && { kernel: asked.kernel }),
    ...(asked.initrd !== undefined && { initrd: asked.initrd }),
    ...(asked.memoryMib !== undefined && { ramBytes: asked.memoryMib * MIB }),
    ...(asked.root !== undefined && { root: rootDisk(asked.root, asked.disks, asked.aliases) }),
    ...(console && { console }),
    ...(bare && { bare }),
    disks: asked.disks,
    kernelWords: bare ? asked.kernelWords : [...terminalWords(terminal !== undefined), ...asked.kernelWords],
    noReboot,
    // This process has nothing else to do.
    worker: false,
    report: tell,
  };
}

/**
 * What the guest's console can do: the kernel hands TERM to its first program, and systemd has words of its own [systemd(1)]. No terminal
 * here means no colours and cursor keys there. A user's word of the same name wins, as the last of a kind does.
 */
function terminalWords(isTerminal: boolean): string[] {
  const term = isTerminal ? "xterm-256color" : "dumb";
  return [`TERM=${term}`, ...["hvc0", "ttyS0"].map((tty) => `systemd.tty.term.${tty}=${term}`)];
}

/** The same error with the words of the command line that it is about. */
export function named(error: unknown, asked: Configuration, bare: BareAsked | undefined): unknown {
  if (!(error instanceof ColinuxError)) return error;
  const [about] = error.code.split("-");
  if (bare && about === "kernel" && asked.kernel === undefined)
    return new ColinuxError(error.code, `--bare ${bare.image}: ${error.message}`, { cause: error });
  const file = about === "kernel" ? asked.kernel : about === "initrd" ? asked.initrd : undefined;
  // What is missing from a disk is said with the disk's name.
  if (file === undefined || error.code.endsWith("-missing")) return error;
  const word = isOnDisk(file) ? `:cobd${file.disk}` : file;
  return new ColinuxError(error.code, `${about}=${word}: ${error.message}`, { cause: error });
}

/** Text of an `@file`. */
export function readText(path: string): string {
  const stat = statOf(path);
  if (!stat.isFile()) throw new UsageError(`@${path} is no file; expected a configuration file.`);
  if (stat.size > TEXT_BYTES_MAX)
    throw new UsageError(`@${path} has ${stat.size} bytes; this is no configuration file.`);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`@${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function statOf(path: string): Stats {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat) return stat;
  } catch (error) {
    throw new UsageError(`@${path} cannot be looked at: ${error instanceof Error ? error.message : error}`);
  }
  throw new UsageError(`@${path} does not exist; expected a configuration file.`);
}
