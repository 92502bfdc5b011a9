/*
 * A machine: one guest from its boot to its end. This is the library's public face; it puts the parts together and leaves the work to
 * them: boot/ reads and places the kernel, core.ts is the CPU, devices/ serve the slots, loop.ts switches between the worlds.
 */

import type { MachineOptions, StopReason } from "./options.js";

/** The guest's console as byte streams. */
export interface MachineConsole {
  /** What the guest says. A reader that stops reading holds the guest once 1 MiB waits for it. Ends when the machine has stopped. */
  readonly output: ReadableStream<Uint8Array>;
  /** What is typed. A write is done when at most 64 KiB wait for the guest. */
  readonly input: WritableStream<Uint8Array>;
  /** Tells the guest a new size in characters, 1 to 65535 each. Errors: `console-size`. */
  resize(columns: number, rows: number): void;
}

/** Counters of a machine since its boot. */
export interface MachineStatistics {
  /** Instructions retired since the last reset. */
  readonly retiredInsns: number;
  /** Guest time in milliseconds. */
  readonly guestMs: number;
  /** How often the guest gave control back with each operation. */
  readonly operations: Readonly<Record<string, number>>;
}

export class Machine {
  readonly console: MachineConsole;
  /** Why the machine stopped. Never rejects; comes after the last console output and after the disks were closed. */
  readonly stopped: Promise<StopReason>;

  private constructor(console: MachineConsole, stopped: Promise<StopReason>) {
    this.console = console;
    this.stopped = stopped;
  }

  /**
   * Builds a machine and starts its guest. Rejects with a ColinuxError when an option cannot be used; the disks are the caller's until it
   * has resolved.
   */
  static async boot(_options: MachineOptions): Promise<Machine> {
    throw new Error("The machine is not built yet");
  }

  /** Stops the guest where it is. Returns when requests in flight are done and the disks are closed. May be called at any time, and twice. */
  async kill(): Promise<void> {}

  get statistics(): MachineStatistics {
    return { retiredInsns: 0, guestMs: 0, operations: {} };
  }
}
