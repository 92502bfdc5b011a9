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

/** A jump smaller than this is no sleep: clocks are corrected by small steps, and uptime is coarse on some systems. */
const JUMP_MS = 1500;
/** Timers do not run while the computer sleeps, so a long wait is cut into pieces and looks at the clock between them. */
const WAIT_MS_MAX = 60_000;

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
    const due = this.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = (left: number) => {
      timer = setTimeout(
        () => {
          const still = due - this.now();
          if (still >= 1) arm(still);
          else wake();
        },
        Math.min(left, WAIT_MS_MAX),
      );
    };
    arm(ms);
    return () => clearTimeout(timer);
  }

  random(into: Uint8Array): void {
    randomFillSync(into);
  }
}
