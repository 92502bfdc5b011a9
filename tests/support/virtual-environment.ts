/*
 * An Environment whose time is made of what the guest does: so many instructions are a millisecond, and when the guest sleeps, time leaps
 * to whatever is due next. Nothing of the real machine comes in, so a guest with the same disks and the same seed does the same again, to
 * the instruction. One machine, and its storages, to one environment.
 */

import type { Environment } from "../../host-js/common/index.js";
import type { LocalGuest } from "../../host-js/common/local-guest.js";
import { Random } from "../differential/random.js";

const INSNS_PER_MS = 50_000;
/** Before there is a machine whose instructions could be counted: what a look at the clock takes. */
const LOOK_MS = 0.5;
/** What a turn of the event loop takes: a guest that rests for less than a timer can do waits for turns. */
const TURN_MS = 0.05;
const BOOTED_AT_MS = 1_700_000_000_000;

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

export class VirtualEnvironment implements Environment {
  private readonly chance: Random;
  /** Time that is not instructions. */
  private otherMs = 0;
  private guest: LocalGuest | undefined;
  private readonly timers: Timer[] = [];
  private insns = 0;
  private counting = false;
  private turning = false;
  private pumping = false;

  constructor(seed: number) {
    this.chance = new Random(seed);
  }

  /** From here on time goes by the instructions of `guest`. To be called as soon as it is there. */
  follow(guest: LocalGuest): void {
    this.otherMs -= this.insnsOf(guest) / INSNS_PER_MS;
    this.guest = guest;
  }

  now(): number {
    if (this.guest === undefined) {
      this.otherMs += LOOK_MS;
      return this.otherMs;
    }
    return this.otherMs + this.insnsOf(this.guest) / INSNS_PER_MS;
  }

  /** Statistics ask for the time themselves: what they are told then is where the guest stood before. */
  private insnsOf(guest: LocalGuest): number {
    if (!this.counting) {
      this.counting = true;
      this.insns = guest.statisticsNow.retiredInsns;
      this.counting = false;
    }
    return this.insns;
  }

  wallTime(): number {
    return BOOTED_AT_MS + this.now();
  }

  async turn(): Promise<void> {
    this.turning = true;
    await new Promise((done) => setImmediate(done));
    this.otherMs += TURN_MS;
    const now = this.now();
    while (this.timers[0] && this.timers[0].at <= now) this.timers.shift()!.call();
    this.turning = false;
  }

  after(ms: number, call: () => void): () => void {
    const timer: Timer = { at: this.now() + ms, call };
    const behind = this.timers.findIndex(({ at }) => at > timer.at);
    this.timers.splice(behind === -1 ? this.timers.length : behind, 0, timer);
    this.pump();
    return () => {
      const index = this.timers.indexOf(timer);
      if (index !== -1) this.timers.splice(index, 1);
    };
  }

  random(into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = this.chance.below(256);
  }

  /** While nobody waits for a turn the guest rests, and time passes by itself. */
  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      if (!this.turning) {
        const timer = this.timers.shift();
        if (timer) {
          this.otherMs += Math.max(0, timer.at - this.now());
          timer.call();
        }
      }
      if (this.timers.length > 0) this.pump();
    });
  }
}
