/*
 * A guest as machine.ts sees it, wherever it runs: in the thread of its caller (local-guest.ts), or in another one behind a border
 * (border/remote-guest.ts).
 */

import type { StopReason } from "./options.js";
import type { Connections } from "./ports.js";
import type { MachineStatistics } from "./statistics.js";

/** The guest's console as byte streams. */
export interface MachineConsole {
  /** What the guest says. A reader that stops reading holds the guest once 1 MiB waits for it. Ends when the machine has stopped. */
  readonly output: ReadableStream<Uint8Array>;
  /** What is typed. A write is done when at most 64 KiB wait for the guest, and 256 KiB on the way to another thread. Closing it tells the guest nothing. */
  readonly input: WritableStream<Uint8Array>;
  /** Tells the guest a new size in characters, 1 to 65535 each. Errors: `console-size`. */
  resize(columns: number, rows: number): void;
}

export type GuestButton = "power" | "restart";

export interface Guest {
  readonly console: MachineConsole;
  readonly connections: Connections;
  /** Why it stopped. Never rejects; comes after the last console output and after the disks were closed. */
  readonly stopped: Promise<StopReason>;
  /** Makes it stop where it is. May be called at any time, and twice. */
  kill(): void;
  /** Starts it anew where it is. */
  reset(): void;
  /** Settles when the boot of the moment has ended: the guest has stopped, or starts again. */
  bootEnded(): Promise<void>;
  /** Asks its kernel for an orderly shutdown, to start again after it with `restart`; false when it is not one that can be asked. */
  press(button: GuestButton): Promise<boolean>;
  /** A copy of RAM. Rejects with a RangeError beyond it, with `stopped` when that is gone already. */
  readMemory(pa: number, bytes: number): Promise<Uint8Array>;
  /** What it has done since its last boot, also when it has stopped. */
  statistics(): Promise<MachineStatistics>;
}
