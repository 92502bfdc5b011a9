/*
 * A machine in the thread of its caller.
 */

import { unlessAborted } from "./abort-boot.js";
import { LocalGuest } from "./local-guest.js";
import { Machine } from "./machine.js";
import type { MachineOptions } from "./options.js";

/** Boots in this thread. Rejects with a ColinuxError when an option cannot be used; the disks are the caller's until it has resolved. */
export function bootLocal(options: MachineOptions): Promise<Machine> {
  const { environment, onReady, signal } = options;
  const booting = LocalGuest.boot(options).then((guest) => new Machine(guest, environment, onReady));
  return unlessAborted(booting, signal);
}
