/*
 * The Environment port on Node: event loop, clocks and chance.
 *
 * Node's monotonic clock runs on while the process is stopped (SIGSTOP) but, on Linux, not while the computer sleeps; the system's uptime
 * counts both. Asking for the uptime costs a system call, so it is asked only when the wall clock has jumped against the monotonic one,
 * and it tells a sleep from somebody setting the clock.
 */

import { randomFillSync } from "node:crypto";
import { uptime } from "node:os";
import type { Environment } from "../common/index.js";
import { longTimer, type SetTimer } from "../common/long-timer.js";

/** A jump smaller than this is no sleep: clocks are corrected by small steps, and uptime is coarse on some systems. */
const JUMP_MS = 1500;

/** Where the time comes from, in milliseconds; replaced in tests. */
export interface Clocks {
  monotonic(): number;
  wall(): number;
  /** Since the system started, sleep included. */
  uptime(): number;
}

const systemClocks: Clocks = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  uptime: () => uptime() * 1000,
};

export class NodeEnvironment implements Environment {
  private sleptMs = 0;
  /** Wall minus monotonic, when last looked at; and uptime minus monotonic, asked for once something jumped. */
  private wallOffset: number;
  private readonly uptimeOffset: number;

  constructor(private readonly clocks: Clocks = systemClocks) {
    const monotonic = clocks.monotonic();
    this.wallOffset = clocks.wall() - monotonic;
    this.uptimeOffset = clocks.uptime() - monotonic;
  }

  now(): number {
    const monotonic = this.clocks.monotonic();
    const wallOffset = this.clocks.wall() - monotonic;
    if (Math.abs(wallOffset - this.wallOffset) > JUMP_MS) {
      this.wallOffset = wallOffset;
      const slept = this.clocks.uptime() - monotonic - this.uptimeOffset;
      if (slept - this.sleptMs > JUMP_MS) this.sleptMs = slept;
    }
    return monotonic + this.sleptMs;
  }

  wallTime(): number {
    return this.clocks.wall();
  }

  turn(): Promise<void> {
    return new Promise((done) => setImmediate(done));
  }

  after(ms: number, wake: () => void): () => void {
    return longTimer(() => this.now(), setTimer, ms, wake);
  }

  random(into: Uint8Array): void {
    randomFillSync(into);
  }
}

const setTimer: SetTimer = (call, ms) => {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
};
