/*
 * The world switch: one loop and one switch. The guest runs in slices of a few milliseconds between turns of the event loop; within a
 * slice it gives control back as often as it likes, each operation is served, and it goes on with what is left. Between slices the machine
 * rests: for one turn, until something is there that the guest must not run before, or, when the guest is idle, until its deadline or an
 * interrupt. Nothing is ever polled.
 */

import {
  COOP_EVENT_WALL,
  COOP_VERSION,
  OP_BUDGET,
  OP_CONFIG,
  OP_FAULT,
  OP_FOREIGN,
  OP_IDLE,
  OP_MODULE,
  OP_NOTIFY,
  OP_PANIC,
  OP_REPORT,
  OP_STATUS,
  OP_STOP,
  OP_TEXT,
  PASSAGE_DEADLINE,
  PASSAGE_LEFT,
  PASSAGE_NOTIFIED,
  PASSAGE_P0,
  PASSAGE_P1,
  PASSAGE_P2,
  PASSAGE_PTR,
  STOP_POWEROFF,
  STOP_REBOOT,
} from "../../assembly/abi.js";
import type { Clock } from "./clock.js";
import type { GuestConsole } from "./console/console.js";
import { OOPS_MS } from "./console/last-words.js";
import type { Core } from "./core.js";
import { Deferred } from "./deferred.js";
import type { Slot } from "./devices/slot.js";
import { type GuestMemory, readU64 } from "./memory.js";
import type { BareOptions, StopReason } from "./options.js";
import type { Environment } from "./ports.js";
import { type KernelReport, readReport } from "./report.js";
import type { Sampling } from "./sampler.js";

/** How long the guest runs before the event loop gets its turn. */
const SLICE_MS = 4;
/** How long one run is to take: when the guest becomes 15 times as slow at once, as code does that is compiled no more, no run takes longer than 15 of these. */
const RUN_MS = 1;
/** While typed or pasted text waits for the UART's 16 bytes, the guest is seen again after this. */
const UART_BUSY_MS = 0.2;
/** Timers are too coarse for less. */
const TIMER_MS_MIN = 1;
/** Timers of JavaScript overflow beyond 2^31 - 1. A guest that waits for ever sleeps that long too, or Node would see no reason to stay. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** pvpanic event bit [linux Documentation: misc-devices/pvpanic]. */
const PVPANIC_PANICKED = 1;

/** What the loop needs; made by machine.ts. */
export interface World {
  readonly environment: Environment;
  readonly core: Core;
  readonly memory: GuestMemory;
  readonly clock: Clock;
  readonly sampling: Sampling;
  readonly console: GuestConsole;
  readonly slots: ReadonlyMap<number, Slot>;
  readonly bare: BareOptions | undefined;
  /** Tells the user. */
  readonly report: (message: string) => void;
}

/** What to do after a slice: rest for a turn of the event loop, sleep until a tick, or stop. */
type Rest = "turn" | { readonly untilTick: number } | { readonly stop: StopReason };

export class Loop {
  readonly #world: World;
  /** Something happened since the guest ran last that it may be waiting for. */
  #awake = false;
  #sleeper: Deferred | undefined;
  /** How many things there are that the guest must not run before. */
  #holds = 0;
  #killed = false;
  #reset = false;
  /** The kernel speaks another version, which is said once. */
  #foreign = false;
  /** Instructions that a bare program may still execute. */
  #insnsLeft: number;

  constructor(world: World) {
    this.#world = world;
    this.#insnsLeft = world.bare?.maxInsns ?? Number.POSITIVE_INFINITY;
  }

  /** Runs the guest until it ends. Throws what the core or a device throws. */
  async run(): Promise<StopReason> {
    const { environment, core, clock, console } = this.#world;
    this.#reset = false;
    while (!this.#killed) {
      if (this.#reset) return { kind: "reboot" };
      if (clock.followWallTime(environment.now())) core.announce(COOP_EVENT_WALL);
      const rest = this.#slice();
      console.output.flush();
      if (rest === "turn") await environment.turn();
      else if ("stop" in rest) return rest.stop;
      else await this.#sleep(rest.untilTick);
      while (this.#holds > 0 && !this.#killed && !this.#reset) await this.#untilWoken();
    }
    return { kind: "killed" };
  }

  /** A sleeping guest has reason to run. */
  wake(): void {
    this.#awake = true;
    this.#sleeper?.resolve();
  }

  /** Makes `run` return soon. */
  kill(): void {
    this.#killed = true;
    this.wake();
  }

  /** The same, as if the guest had asked to be started again. */
  reset(): void {
    this.#reset = true;
    this.wake();
  }

  #slice(): Rest {
    const { environment, core, memory, clock, console, slots, sampling } = this.#world;
    const { view } = memory;
    let now = environment.now();
    const end = now + SLICE_MS;

    while (now < end && this.#holds === 0) {
      const ms = console.uartBusy ? UART_BUSY_MS : Math.min(end - now, RUN_MS);
      const budget = Math.min(clock.budget(ms), this.#insnsLeft, sampling.left);
      clock.enter(now, budget);
      this.#awake = false;
      const operation = core.run(budget);
      const ranUntil = environment.now();
      const executed = budget - view.getUint32(PASSAGE_PTR + PASSAGE_LEFT, true);
      clock.ran(executed, ranUntil - now);
      sampling.ran(executed, ranUntil - now);
      this.#insnsLeft -= executed;
      const p0 = view.getUint32(PASSAGE_PTR + PASSAGE_P0, true);
      const p1 = view.getUint32(PASSAGE_PTR + PASSAGE_P1, true);
      const p2 = view.getUint32(PASSAGE_PTR + PASSAGE_P2, true);
      console.exchange(executed);
      this.#serveNotified();

      switch (operation) {
        case OP_BUDGET:
        case OP_TEXT:
        case OP_NOTIFY:
          // Text and notifications are looked at after each run.
          break;
        case OP_IDLE:
          console.idle();
          break;
        case OP_STATUS:
          this.#holdUntil(slots.get(p0)?.statusWritten(p1));
          break;
        case OP_CONFIG:
          // No device of ours has configuration that a driver may change.
          break;
        case OP_MODULE:
          core.modules.install(p0, p1, p2);
          break;
        case OP_STOP:
          return { stop: this.#ending(p0, p1) };
        case OP_PANIC:
          if ((p0 & PVPANIC_PANICKED) !== 0) console.words.reported(ranUntil);
          break;
        case OP_REPORT:
          this.#reported(readReport(memory.bytes.subarray(p0, p0 + p1)), ranUntil);
          break;
        case OP_FOREIGN:
          if (!this.#foreign) this.#world.report(foreign(p0));
          this.#foreign = true;
          break;
        case OP_FAULT:
          return { stop: { kind: "fault", message: `The core reports fault ${p0} (${hex(p1)}, ${hex(p2)})` } };
        default:
          return { stop: { kind: "fault", message: `The core returned the unknown operation ${operation}` } };
      }

      if (this.#insnsLeft <= 0) return { stop: { kind: "limit" } };
      const panic = console.words.verdict(ranUntil);
      if (panic !== undefined) return { stop: this.#panic(panic) };
      if (console.output.full) this.#holdUntil(console.output.room());
      if (operation === OP_IDLE && !this.#awake) {
        const untilTick = readU64(view, PASSAGE_PTR + PASSAGE_DEADLINE);
        if (clock.msUntil(untilTick) > 0) return { untilTick };
      }
      now = environment.now();
    }
    return "turn";
  }

  /** Looks into the queues that drivers have notified. */
  #serveNotified(): void {
    const { slots, memory } = this.#world;
    const { view } = memory;
    for (const half of [0, 1]) {
      const ptr = PASSAGE_PTR + PASSAGE_NOTIFIED + 4 * half;
      let notified = view.getUint32(ptr, true);
      if (notified === 0) continue;
      view.setUint32(ptr, 0, true);
      for (; notified !== 0; notified &= notified - 1) slots.get(32 * half + lowestBit(notified))?.serveNotified();
    }
  }

  #ending(how: number, exitCode: number): StopReason {
    const { words } = this.#world.console;
    if (this.#world.bare !== undefined && how !== STOP_REBOOT) return { kind: "exit", code: exitCode };
    // A kernel with `panic=-1` reboots right after its report.
    if (words.reportedPanic !== undefined) return this.#panic(words.reportedPanic);
    if (words.report !== undefined) return this.#panic(words.report.message);
    if (how === STOP_POWEROFF) return { kind: words.halted ? "halt" : "poweroff" };
    if (how === STOP_REBOOT) return { kind: "reboot" };
    return { kind: "panic", message: "the guest shut down because of a system failure" };
  }

  #reported(report: KernelReport, nowMs: number): void {
    const { console, environment } = this.#world;
    if (report.kind === "survived") {
      this.#world.report(`The guest's kernel found an error in itself and goes on: ${report.message}`);
      return;
    }
    console.words.tell(report, nowMs);
    // A shutdown that hangs on what is broken is to be seen even when the guest rests for ever.
    if (report.kind === "oops") environment.after(OOPS_MS + TIMER_MS_MIN, () => this.wake());
  }

  #panic(message: string): StopReason {
    const { report } = this.#world.console.words;
    return { kind: "panic", message, ...(report && { report }) };
  }

  /** Keeps the guest from running until the promise is resolved. */
  #holdUntil(done: void | Promise<void>): void {
    if (done === undefined) return;
    this.#holds++;
    void done.then(() => {
      this.#holds--;
      this.wake();
    });
  }

  /** Rests until the tick has come or something has happened. */
  async #sleep(untilTick: number): Promise<void> {
    const { environment, clock } = this.#world;
    while (!this.#awake) {
      const ms = clock.msUntil(untilTick);
      if (ms <= 0) return;
      if (ms < TIMER_MS_MIN) {
        await environment.turn();
        continue;
      }
      // Rounded up: a little late costs nothing, and the rest of a millisecond spent in turns would be most of what an idle guest costs.
      const cancel = environment.after(Math.min(Math.ceil(ms), TIMER_MS_MAX), () => this.#sleeper?.resolve());
      await this.#untilWoken();
      cancel();
    }
  }

  async #untilWoken(): Promise<void> {
    this.#sleeper = new Deferred();
    await this.#sleeper.promise;
    this.#sleeper = undefined;
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function foreign(version: number): string {
  return (
    `The guest's kernel speaks version ${version} of the cooperative interface, this colinux version ${COOP_VERSION}. It goes on without it, as any ` +
    "kernel; build both from the same source."
  );
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
