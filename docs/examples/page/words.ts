/*
 * What happened, in words. Errors of colinux say themselves what is wrong and what to do; what stands above them comes from their codes, which never change.
 */

import { ColinuxError, type ErrorCode, type StopReason } from "colinux/browser";
import type { Notice } from "./card.js";

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
};

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
  if (reason.kind === "panic") return problem("The kernel gave up", `It says: ${reason.message}`, "Start again");
  if (reason.kind === "fault") return problem("The machine broke", reason.message, "Start again");
  return undefined;
}

/** A boot that failed. */
export function problemOfBoot(error: unknown): Notice {
  const text = error instanceof Error ? error.message : String(error);
  const title = error instanceof ColinuxError ? PROBLEMS[error.code] : undefined;
  return problem(title ?? "Linux could not start", text, "Try again");
}

function problem(title: string, text: string, button: string): Notice {
  return { title, text, button, problem: true };
}
