/*
 * What a device is to its transport. A backend speaks one virtio device type with the guest and a port with the world. It gets its slot
 * once, and then does the same four steps over and over: pop a chain, do what it asks, fill the used element, signal. `Slot.serve` is
 * that loop for requests that are answered at once or later; a backend that waits for the outside world (console input) pops on its own.
 */

import type { Slot } from "./slot.js";

export interface Backend {
  /** Device id [virtio 5]. */
  readonly deviceId: number;
  /** Feature bits of the device type; the transport adds its own. */
  readonly features: readonly number[];
  /** Most entries of each queue, powers of two. */
  readonly queueSizes: readonly number[];
  /** Configuration space as the driver finds it. */
  readonly config: Uint8Array;
  /** The slot is the backend's from now on. Called once. */
  attach(slot: Slot): void;
  /** There may be chains in the queue: the driver notified, or has just come up. */
  notify(queue: number): void;
  /** The driver reset the device. Returns when no request from before touches guest RAM any more. */
  reset?(): void | Promise<void>;
}
