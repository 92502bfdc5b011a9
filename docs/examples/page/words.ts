/*
 * What happened, in words. Errors of colinux say themselves what is wrong and what to do; what stands above them comes from their codes, which never change.
 */

import { ColinuxError, type ErrorCode, type StopReason } from "colinux/browser";
import type { Notice } from "./card.js";
import { BadAddress } from "./plan.js";

const PROBLEMS: Partial<Record<ErrorCode, string>> = {
  "download-failed": "A file could not be loaded",
  "webassembly-missing": "This browser has no WebAssembly",
  "webassembly-refused": "WebAssembly is forbidden here",
  "worker-failed": "The machine's Worker did not start",
  "ram-refused": "The browser refuses that much memory",
  "ram-too-small": "The machine has too little memory",
  "core-invalid": "The processor's file is damaged",
  "kernel-corrupt": "The kernel's file is damaged",
  "kernel-not-riscv": "That is not a Linux kernel",
  "image-unreachable": "The disk's image cannot be fetched",
  "image-no-ranges": "That server cannot serve a disk",
  "image-changed": "The disk's image was changed",
  "disk-in-use": "The disk is in use",
  "disk-full": "The browser has no room left",
  "disk-size": "That is no disk image",
  "disk-unsupported": "This browser keeps no disks",
  "overlay-base": "What is kept belongs to another image",
  "overlay-damaged": "What is kept of the disk is damaged",
};

/** Those that the panel of disks may help with. */
const DISK_PROBLEMS: readonly unknown[] = ["disk-full", "overlay-base", "overlay-damaged"];
/** Those that end when the network is back. */
const NETWORK_PROBLEMS: readonly unknown[] = ["download-failed", "image-unreachable"];

/** What the guest's window shows under the last words of the guest. */
export function lastLine(reason: StopReason): string {
  const text = {
    poweroff: "Linux has switched itself off.",
    halt: "Linux has halted.",
    reboot: "Linux asked to be restarted.",
    killed: "The machine was stopped.",
    panic: "The kernel gave up.",
    fault: "The machine broke.",
    exit: "The program has ended.",
    limit: "The program used up its instructions.",
  }[reason.kind];
  return `\r\n\x1b[0;2m[ ${text} ]\x1b[0m\r\n`;
}

/** A problem of the machine itself, if that is how it ended. */
export function problemOf(reason: StopReason): Notice | undefined {
  if (reason.kind === "panic") return problem("The kernel gave up", `It says: ${reason.message}`);
  if (reason.kind === "fault") return problem("The machine broke", reason.message);
  return undefined;
}

/** A boot that failed. */
export function problemOfBoot(error: unknown): Notice {
  const title = error instanceof ColinuxError ? PROBLEMS[error.code] : undefined;
  return problem(title ?? "Linux could not start", textOf(error));
}

/** An address that asks for something that cannot be done. */
export function problemOfAddress(error: unknown): Notice {
  if (!(error instanceof BadAddress)) throw error;
  return problem("The page's address is not understood", error.message);
}

/** What is to be said when there is no place for disks, and the machine runs without. */
export function noDisks(error: unknown): string {
  return `/root is in memory, and gone when the machine stops. ${textOf(error)}`;
}

export function isInUse(error: unknown): boolean {
  return codeOf(error) === "disk-in-use";
}

export function disksMayHelp(error: unknown): boolean {
  return DISK_PROBLEMS.includes(codeOf(error));
}

export function networkMayHelp(error: unknown): boolean {
  return NETWORK_PROBLEMS.includes(codeOf(error));
}

function codeOf(error: unknown): ErrorCode | undefined {
  return error instanceof ColinuxError ? error.code : undefined;
}

/** Some errors end with a list of what may be, without a full stop. */
function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\w$/, "$&.");
}

function problem(title: string, text: string): Notice {
  return { title, text, problem: true };
}
