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
  COOP_REPORT_PROGRAM,
  COOP_REPORT_REGISTERS,
  COOP_REPORT_STACK,
  COOP_REPORT_TEXT,
} from "../../assembly/abi.js";

const REGISTERS = 32;
const PROGRAM_BYTES = 16;

/** What the guest's kernel told of its own end, or of an error of its own that it survived for a while. */
export interface KernelReport {
  /** It gave up, or it found an error in itself. */
  readonly kind: "panic" | "oops";
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
  const oops = view.getUint32(COOP_REPORT_KIND, true) === COOP_REPORT_OOPS;
  const frames = Math.min(view.getUint32(COOP_REPORT_COUNT, true), COOP_REPORT_FRAMES);
  return {
    kind: oops ? "oops" : "panic",
    message: text(bytes.subarray(COOP_REPORT_TEXT, COOP_REPORT_TEXT + COOP_REPORT_MESSAGE)),
    program: text(bytes.subarray(COOP_REPORT_PROGRAM, COOP_REPORT_PROGRAM + PROGRAM_BYTES)),
    ...(oops && {
      cpu: {
        cause: view.getBigUint64(COOP_REPORT_CAUSE, true),
        badAddress: view.getBigUint64(COOP_REPORT_BADADDR, true),
        registers: words(COOP_REPORT_REGISTERS, REGISTERS),
      },
    }),
    stack: words(COOP_REPORT_STACK, frames),
  };
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
