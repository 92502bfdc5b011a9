/*
 * The guest's clock, kept by the host's: ticks of TIME_HZ since boot from the monotonic clock, wall time beside them, and how fast the
 * guest computes, which turns a slice of time into a budget of instructions and back. Inside a run the core adds instructions x rate to
 * the time at which the run began. The rate is taken a little low, so that the guest's time seldom runs ahead of the host's; where it did, because the guest became
 * faster, time goes on in it only for what the next run is expected to take beyond that. So the guest is never ahead by more than one run.
 */

import { PASSAGE_NOW, PASSAGE_PTR, PASSAGE_RATE, PASSAGE_TIME, PASSAGE_WALL, TIME_HZ } from "../../assembly/abi.js";
import { readU64, writeU64 } from "./memory.js";
import type { Environment } from "./ports.js";

const TICKS_PER_MS = TIME_HZ / 1000;
/** Instructions per millisecond that are expected before any were measured: the engine's quick first compilation of the interpreter. */
const FIRST_RATE = 20_000;
/** Runs shorter than this are added up before they are believed, for clocks in steps of 100 us. */
const SAMPLE_MS = 0.5;
/** Weight of a new sample. */
const SAMPLE_WEIGHT = 0.25;
/** Part of the measured speed of time that the guest sees within a slice. */
const CAUTION = 0.95;
const BUDGET_MIN = 1000;
const BUDGET_MAX = 0x4000_0000;
/** Wall time is corrected when it is off by more than its own granularity. */
const WALL_STEP_MS = 2;
/** A clock that is slewed by its owner is not to be stepped in the guest at every turn. */
const TELL_WALL_MS = 100;

export class Clock {
  readonly #environment: Environment;
  readonly #view: DataView;
  readonly #startMs: number;
  #rate = FIRST_RATE;
  #sampledInsns = 0;
  #sampledMs = 0;
  #runMs = 0;
  #wallAtStartMs = Number.NaN;
  #toldWallMs = Number.NaN;

  /** Tick 0 is now. */
  constructor(environment: Environment, view: DataView) {
    this.#environment = environment;
    this.#view = view;
    this.#startMs = environment.now();
  }

  /** Milliseconds that the guest ran, all in all. */
  get runMs(): number {
    return this.#runMs;
  }

  /** Writes the time at `nowMs` (of the environment's clock), and how it goes on, into the passage page: before each run of `budgetInsns` instructions. */
  enter(nowMs: number, budgetInsns: number): void {
    const elapsedMs = nowMs - this.#startMs;
    writeU64(this.#view, PASSAGE_PTR + PASSAGE_NOW, Math.max(0, Math.floor(elapsedMs * TICKS_PER_MS)));
    const aheadMs = Math.max(0, readU64(this.#view, PASSAGE_PTR + PASSAGE_TIME) / TICKS_PER_MS - elapsedMs);
    const expectedMs = budgetInsns / this.#rate;
    const rate = (TICKS_PER_MS / this.#rate) * CAUTION * Math.max(0, 1 - aheadMs / expectedMs);
    writeU64(this.#view, PASSAGE_PTR + PASSAGE_RATE, Math.floor(rate * 2 ** 32));
  }

  /** Follows the host's wall clock: once per turn of the event loop. Returns whether a guest that keeps its own should be told. */
  followWallTime(nowMs: number): boolean {
    const wallAtStartMs = this.#environment.wallTime() - (nowMs - this.#startMs);
    if (Math.abs(wallAtStartMs - this.#wallAtStartMs) <= WALL_STEP_MS) return false;
    this.#wallAtStartMs = wallAtStartMs;
    const ns = BigInt(Math.round(wallAtStartMs * 1000)) * 1000n;
    this.#view.setBigInt64(PASSAGE_PTR + PASSAGE_WALL, ns, true);
    if (Math.abs(wallAtStartMs - this.#toldWallMs) <= TELL_WALL_MS) return false;
    this.#toldWallMs = wallAtStartMs;
    return true;
  }

  /** Instructions that take about `ms` milliseconds. */
  budget(ms: number): number {
    return Math.min(Math.max(Math.floor(ms * this.#rate), BUDGET_MIN), BUDGET_MAX);
  }

  /** Learns from a run. */
  ran(insns: number, ms: number): void {
    this.#runMs += ms;
    this.#sampledInsns += insns;
    this.#sampledMs += ms;
    if (this.#sampledMs < SAMPLE_MS) return;
    const sample = Math.max(this.#sampledInsns / this.#sampledMs, 1);
    this.#rate += (sample - this.#rate) * SAMPLE_WEIGHT;
    this.#sampledInsns = 0;
    this.#sampledMs = 0;
  }

  /** Milliseconds from now until a tick has come; negative when it is past, infinite when it is so far that it means never. */
  msUntil(tick: number): number {
    if (tick >= 2 ** 63) return Number.POSITIVE_INFINITY;
    return tick / TICKS_PER_MS - (this.#environment.now() - this.#startMs);
  }
}
