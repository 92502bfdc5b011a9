/*
 * `--profile FILE`: where the guest spends its time, in the format of speedscope (https://www.speedscope.app, file-format-schema.json).
 *
 * About every 100,000 instructions, at distances that follow no rhythm of the guest, one stack is noted:
 *
 *     kernel | user | machine  ->  program  ->  caller  ->  function, or page where there are no symbols
 *
 * The caller is what the return address says: the right one until a function has called another, when the address points into the function itself and is left
 * out. There are no frame pointers to go further by. The file holds the samples twice: weighted with instructions and with the host's time for them.
 */

import { closeSync, openSync, writeFileSync } from "node:fs";
import type { GuestState, Sampler } from "../common/index.js";
import { Programs } from "./profile-programs.js";
import { NO_SYMBOLS, type SymbolTable } from "./profile-symbols.js";
import { UsageError } from "./usage-error.js";

const INTERVAL_MIN = 50_000;
const INTERVAL_RANGE = 100_003;
/** When there are so many samples, each second one is given up and intervals are twice as long from then on: a profile does not grow for ever. */
const SAMPLES_MAX = 1 << 18;
const PAGE_MASK = ~0xfffn;
const PRIV_U = 0;
const RA = 1;
const MODES = ["user", "kernel", "hypervisor", "machine"];

export interface ProfileOptions {
  readonly kernel?: SymbolTable;
  /** What a bare program's addresses mean, in every mode. */
  readonly bare?: SymbolTable;
}

export class Profile implements Sampler {
  readonly #path: string;
  readonly #kernel: SymbolTable;
  readonly #bare: SymbolTable | undefined;
  readonly #programs: Programs;
  readonly #frames = new Interned();
  readonly #stacks = new Interned();
  #stride = 1;
  #samples: number[] = [];
  #insns: number[] = [];
  #ms: number[] = [];

  /** Throws `UsageError` when the file cannot be written; what it holds stays until `write`. */
  constructor(path: string, { kernel = NO_SYMBOLS, bare }: ProfileOptions = {}) {
    this.#path = path;
    this.#kernel = kernel;
    this.#bare = bare;
    this.#programs = new Programs(kernel);
    this.#attempt(() => closeSync(openSync(path, "a")));
  }

  interval(): number {
    return this.#stride * (INTERVAL_MIN + Math.floor(Math.random() * INTERVAL_RANGE));
  }

  look(guest: GuestState, insns: number, ms: number): void {
    const stack = this.#stackOf(guest).map((name) => this.#frames.number(name));
    this.#samples.push(this.#stacks.number(stack.join()));
    this.#insns.push(insns);
    this.#ms.push(ms);
    if (this.#samples.length === SAMPLES_MAX) this.#thinOut();
  }

  /** Writes the file. Throws `UsageError`. */
  write(): void {
    const text = JSON.stringify({
      $schema: "https://www.speedscope.app/file-format-schema.json",
      exporter: "colinux",
      name: "colinux guest",
      activeProfileIndex: 0,
      shared: { frames: this.#frames.names.map((name) => ({ name })) },
      profiles: [
        this.#weighted("host time", "milliseconds", this.#ms),
        this.#weighted("instructions", "none", this.#insns),
      ],
    });
    this.#attempt(() => writeFileSync(this.#path, text));
  }

  #stackOf(guest: GuestState): string[] {
    const mode = MODES[guest.priv]!;
    if (this.#bare !== undefined) return [mode, ...functions(guest, this.#bare)];
    const program = this.#programs.of(guest);
    if (guest.priv === PRIV_U) return [mode, program, `${program} ${page(guest.pc)}`];
    return [mode, program, ...functions(guest, this.#kernel)];
  }

  #weighted(name: string, unit: string, weights: readonly number[]): object {
    const stacks = this.#stacks.names.map((stack) => stack.split(",").map(Number));
    const samples = this.#samples.map((stack) => stacks[stack]!);
    const endValue = weights.reduce((sum, weight) => sum + weight, 0);
    return { type: "sampled", name, unit, startValue: 0, endValue, samples, weights };
  }

  #thinOut(): void {
    const odd = (_: number, i: number): boolean => i % 2 === 1;
    const withBefore = (weights: readonly number[]): number[] =>
      weights.map((weight, i) => weight + (weights[i - 1] ?? 0)).filter(odd);
    this.#samples = this.#samples.filter(odd);
    this.#insns = withBefore(this.#insns);
    this.#ms = withBefore(this.#ms);
    this.#stride *= 2;
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      const reason = error instanceof Error ? error.message : error;
      throw new UsageError(`--profile ${this.#path} cannot be written: ${reason}`);
    }
  }
}

/** Caller, if it is known, and function. */
function functions(guest: GuestState, symbols: SymbolTable): string[] {
  const name = symbols.nameOf(guest.pc) ?? page(guest.pc);
  const caller = symbols.nameOf(guest.x(RA));
  return caller === undefined || caller === name ? [name] : [caller, name];
}

function page(pc: bigint): string {
  return `0x${(pc & PAGE_MASK).toString(16)}`;
}

/** Gives equal strings equal numbers, from 0. */
class Interned {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}
