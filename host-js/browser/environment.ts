/*
 * The Environment port in browsers, for pages and Workers alike: event loop, clocks and chance.
 *
 * `setTimeout` waits 4 ms at least once it is nested, so a turn of the event loop goes through a MessageChannel. A browser's monotonic
 * clock may stand still while the computer sleeps; then the wall clock has jumped ahead of it afterwards, and the jump is added. There is
 * nothing to tell that from somebody setting the clock ahead, which the guest sees as a sleep then.
 */

import type { Environment } from "../common/index.js";
import { longTimer, type SetTimer } from "../common/long-timer.js";

const JUMP_MS = 1500;
/** What `getRandomValues` gives at once. */
const RANDOM_BYTES_MAX = 65_536;

/** Where the time comes from, in milliseconds; replaced in tests. */
export interface Clocks {
  monotonic(): number;
  wall(): number;
}

const browserClocks: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

export class BrowserEnvironment implements Environment {
  private sleptMs = 0;
  private wallOffset: number;
  private readonly channel = new MessageChannel();
  private readonly turning: (() => void)[] = [];

  constructor(private readonly clocks: Clocks = browserClocks) {
    this.wallOffset = clocks.wall() - clocks.monotonic();
    this.channel.port1.onmessage = () => this.turning.shift()?.();
  }

  now(): number {
    const monotonic = this.clocks.monotonic();
    const wallOffset = this.clocks.wall() - monotonic;
    const jump = wallOffset - this.wallOffset;
    if (Math.abs(jump) > JUMP_MS) {
      this.wallOffset = wallOffset;
      if (jump > 0) this.sleptMs += jump;
    }
    return monotonic + this.sleptMs;
  }

  wallTime(): number {
    return this.clocks.wall();
  }

  turn(): Promise<void> {
    return new Promise((done) => {
      this.turning.push(done);
      this.channel.port2.postMessage(0);
    });
  }

  after(ms: number, wake: () => void): () => void {
    return longTimer(() => this.now(), setTimer, ms, wake);
  }

  random(into: Uint8Array<ArrayBuffer>): void {
    for (let at = 0; at < into.byteLength; at += RANDOM_BYTES_MAX) {
      crypto.getRandomValues(into.subarray(at, at + RANDOM_BYTES_MAX));
    }
  }
}

const setTimer: SetTimer = (call, ms) => {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
};
