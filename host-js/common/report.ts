/*
 * What a cooperative kernel tells when something went wrong (docs/ABI.md): a panic, or an oops, after which it shuts down in order.
 */

import {
  COOP_REPORT_BADADDR,
  COOP_REPORT_CAUSE,
  COOP_REPORT_COUNT,
  COOP_REPORT_FRAMES,
  COOP_REPORT_KIND,
  COOP_REPORT_MESSAGE,
  COOP_REPORT_OOPS,
  COOP_REPORT_PANIC,
  COOP_REPORT_PROGRAM,
  COOP_REPORT_REGISTERS,
  COOP_REPORT_STACK,
  COOP_REPORT_SURVIVED,
  COOP_REPORT_TEXT,
} from "../../assembly/abi.js";

const REGISTERS = 32;
const PROGRAM_BYTES = 16;
const KINDS: Readonly<Record<number, KernelReport["kind"]>> = {
  [COOP_REPORT_PANIC]: "panic",
  [COOP_REPORT_OOPS]: "oops",
  [COOP_REPORT_SURVIVED]: "survived",
};
/** Exceptions that a kernel can cause [priv 12.1.8]. */
const CAUSES: Readonly<Record<number, string>> = {
  1: "instruction access fault",
  2: "illegal instruction",
  3: "a check of its own failed",
  5: "load access fault",
  7: "store access fault",
  12: "jump to where there is no code",
  13: "load from where there is no memory",
  15: "store to where there is no memory",
};

/** What the guest's kernel told of its own end, or of an error of its own that it survived for a while. */
export interface KernelReport {
  /** It gave up; it found an error in itself, after which it shuts down, or which it "survived" because it was told to. */
  readonly kind: "panic" | "oops" | "survived";
  /** In its words. */
  readonly message: string;
  /** The program that was running. */
  readonly program: string;
  /** Of an oops: what the CPU said [priv 12.1.8, 12.1.9], and pc and x1 to x31. */
  readonly cpu?: {
    /** scause. */
    readonly cause: bigint;
    /** stval: the address in question, for most causes. */
    readonly badAddress: bigint;
    /** pc, then x1 to x31. */
    readonly registers: readonly bigint[];
  };
  /** Return addresses, the innermost first. */
  readonly stack: readonly bigint[];
}

/** Reads a report of COOP_REPORT_BYTES; whatever it holds, something comes of it. */
export function readReport(bytes: Uint8Array): KernelReport {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = (offset: number, count: number): bigint[] =>
    Array.from({ length: count }, (_, i) => view.getBigUint64(offset + 8 * i, true));
  const kind = KINDS[view.getUint32(COOP_REPORT_KIND, true)] ?? "panic";
  const message = text(bytes.subarray(COOP_REPORT_TEXT, COOP_REPORT_TEXT + COOP_REPORT_MESSAGE));
  const cause = view.getBigUint64(COOP_REPORT_CAUSE, true);
  const badAddress = view.getBigUint64(COOP_REPORT_BADADDR, true);
  const frames = Math.min(view.getUint32(COOP_REPORT_COUNT, true), COOP_REPORT_FRAMES);
  return {
    kind,
    message: kind === "panic" ? message : `${message}: ${causeText(cause, badAddress)}`,
    program: text(bytes.subarray(COOP_REPORT_PROGRAM, COOP_REPORT_PROGRAM + PROGRAM_BYTES)),
    ...(kind !== "panic" && {
      cpu: { cause, badAddress, registers: words(COOP_REPORT_REGISTERS, REGISTERS) },
    }),
    stack: words(COOP_REPORT_STACK, frames),
  };
}

function causeText(cause: bigint, badAddress: bigint): string {
  const name = CAUSES[Number(cause)] ?? `exception ${cause}`;
  return `${name}, address 0x${badAddress.toString(16)}`;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
