/*
 * What a kernel says in its last lines, read along on the console. A cooperative kernel tells it in a report of its own (report.ts). Firmware hears a shutdown only; whether it was a halt stands in the
 * text. A panic is reported through pvpanic by kernels that have it; others print it and then spin for ever, so there the two lines of a
 * panic that never goes idle again are the report. Both lines come from printk at the beginning of a line: a log file that happens to be
 * shown does not stop the machine unless it is a whole panic and the guest computes on without a rest.
 *
 *     [    0.61] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
 *     [    0.62] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---
 */

import type { KernelReport } from "../report.js";

const LINE_BYTES_MAX = 1024;
const PRINTK_PREFIX = /^(?:<\d+>)?(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? )?/;
const PANIC = "Kernel panic - not syncing: ";
const PANIC_END = "---[ end Kernel panic";
const HALTED = "reboot: System halted";
/** First characters of the lines that matter. Nearly every other line is told from them by one look. */
const FIRST_BYTES = new TextEncoder().encode("<[K-");

/** How long the last line of a reported panic is waited for, and how long a kernel without pvpanic must spin, in milliseconds. */
const REPORTED_MS = 250;
const SPINNING_MS = 400;
/** How long a kernel may take to shut down after an oops. */
export const OOPS_MS = 10_000;

export class LastWords {
  readonly #decoder = new TextDecoder();
  readonly #line = new Uint8Array(LINE_BYTES_MAX);
  #length = 0;
  #panic: string | undefined;
  #ended = false;
  /** Length of the last whole line, which stays in `#line` while nothing follows. */
  #lastLength = 0;
  #reportedAt: number | undefined;
  #report: KernelReport | undefined;
  #toldAt = 0;
  #spinningSince: number | undefined;

  /** Reads console text along, in pieces of any size. */
  read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(10, at);
      const end = newline < 0 ? bytes.length : newline;
      const part = bytes.subarray(at, Math.min(end, at + LINE_BYTES_MAX - this.#length));
      this.#line.set(part, this.#length);
      this.#length += part.length;
      if (newline < 0) return;
      this.#understand();
      this.#lastLength = this.#length;
      this.#length = 0;
      at = newline + 1;
    }
  }

  /** The kernel reported a panic through pvpanic at host time `nowMs`. */
  reported(nowMs: number): void {
    this.#reportedAt ??= nowMs;
  }

  /** A cooperative kernel told what went wrong; of several reports the first is the one that matters. */
  tell(report: KernelReport, nowMs: number): void {
    if (this.#report === undefined) this.#toldAt = nowMs;
    this.#report ??= report;
    if (report.kind === "panic") this.reported(nowMs);
  }

  get report(): KernelReport | undefined {
    return this.#report;
  }

  /** The guest went idle: a reported panic is over, and what looked like an unreported one was just text. */
  idle(): void {
    if (this.#reportedAt !== undefined) {
      this.#ended = true;
      return;
    }
    if (this.#panic === undefined) return;
    this.#panic = undefined;
    this.#ended = false;
    this.#spinningSince = undefined;
  }

  /** The panic's text once it is certain, undefined while there is none or more of it may come. */
  verdict(nowMs: number): string | undefined {
    if (this.#reportedAt !== undefined) {
      return this.#ended || nowMs - this.#reportedAt >= REPORTED_MS ? this.#text : undefined;
    }
    if (this.#report !== undefined && nowMs - this.#toldAt >= OOPS_MS) return this.#text;
    if (!this.#ended) return undefined;
    this.#spinningSince ??= nowMs;
    return nowMs - this.#spinningSince >= SPINNING_MS ? this.#text : undefined;
  }

  /** Whether a guest that ends now ends after a panic that it reported, and the text of that. */
  get reportedPanic(): string | undefined {
    return this.#reportedAt === undefined ? undefined : this.#text;
  }

  /** Whether the last that the kernel said is that it only halts. A program's unfinished line, such as a prompt, may stand before it. */
  get halted(): boolean {
    const line = this.#line.subarray(0, this.#length === 0 ? this.#lastLength : this.#length);
    return this.#decoder.decode(line).trimEnd().endsWith(HALTED);
  }

  get #text(): string {
    // An oops is what the panic that followed came from.
    if (this.#report?.kind === "oops") return this.#report.message;
    return this.#panic ?? this.#report?.message ?? "the kernel gave no reason";
  }

  #understand(): void {
    if (!FIRST_BYTES.includes(this.#line[0]!)) return;
    const line = this.#decoder.decode(this.#line.subarray(0, this.#length)).trimEnd();
    const text = line.slice(PRINTK_PREFIX.exec(line)![0].length);
    if (text.startsWith(PANIC)) this.#panic = text.slice(PANIC.length);
    else if (text.startsWith(PANIC_END) && this.#panic !== undefined) this.#ended = true;
  }
}
