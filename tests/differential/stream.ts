/*
 * A line of instructions in the making, and which registers they may use.
 *
 * Roles are dealt per case: some registers are pointers into the data, which nothing else writes, x30 counts loops and x31 is the link of
 * jumps to where nothing may be. Nested pieces (bodies of loops and functions, what a branch skips) are made with `piece`, which says
 * how long they are before they are laid down.
 */

import { insnBytes, X, type XReg } from "../support/assembler.js";
import type { Random } from "./random.js";

export const SP = X[2]!;
export const COUNTER = X[30]!;
export const RESUME = X[31]!;

export class Stream {
  /** Encoded instructions; a compressed one has its lowest bits other than 3. */
  items: number[] = [];
  bytes = 0;
  /** x2, one of x8 to x15 that compressed instructions can name, and any other. */
  readonly pointers: readonly XReg[];
  readonly popularPointer: XReg;
  private readonly kept: Set<XReg>;
  private writable: readonly XReg[] = [];
  private writablePopular: readonly XReg[] = [];
  depth = 0;

  constructor(readonly random: Random) {
    this.popularPointer = X[random.within(8, 15)]!;
    const third = random.of(X.filter((x) => x > 2 && x < 30 && x !== this.popularPointer));
    this.pointers = [SP, this.popularPointer, third];
    this.kept = new Set([COUNTER, RESUME, ...this.pointers]);
    this.deal();
  }

  emit(...insns: number[]): void {
    for (const insn of insns) {
      this.items.push(insn);
      this.bytes += insnBytes(insn);
    }
  }

  /** The instructions that `make` emits, taken out of the line again. */
  piece(make: () => void, ...kept: XReg[]): { items: number[]; bytes: number } {
    const { items, bytes } = this;
    const added = kept.filter((x) => !this.kept.has(x));
    this.items = [];
    this.bytes = 0;
    this.depth++;
    for (const x of added) this.kept.add(x);
    this.deal();
    make();
    const made = { items: this.items, bytes: this.bytes };
    for (const x of added) this.kept.delete(x);
    this.deal();
    this.depth--;
    this.items = items;
    this.bytes = bytes;
    return made;
  }

  private deal(): void {
    this.writable = X.filter((x) => !this.kept.has(x));
    this.writablePopular = X.slice(8, 16).filter((x) => !this.kept.has(x));
  }

  /** A register that may be written; x0 is one. */
  rd(): XReg {
    return this.random.of(this.writable);
  }
  /** One that holds what is written to it. */
  temporary(): XReg {
    return this.writable[this.random.within(1, this.writable.length - 1)]!;
  }
  popular(): XReg {
    return this.random.of(this.writablePopular);
  }
  mayWrite(x: XReg): boolean {
    return !this.kept.has(x);
  }
  rs(): XReg {
    return this.random.of(X);
  }
  pointer(): XReg {
    return this.random.of(this.pointers);
  }
}
