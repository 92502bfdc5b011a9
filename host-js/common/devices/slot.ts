/*
 * A slot from the host's side: the register file of one virtio-mmio transport in linear memory. The core answers the driver's register
 * accesses; the host fills in what the device is, reads what the driver chose, serves the queues, and raises the slot's interrupt. A
 * guest that breaks the rules of its queues gets DEVICE_NEEDS_RESET [virtio 2.1.2] and nothing more until it resets the device.
 */

import {
  INTERRUPT_CONFIG,
  INTERRUPT_USED,
  QUEUE_BYTES,
  QUEUE_NUM_MAX,
  SLOT_BYTES,
  SLOT_CONFIG,
  SLOT_CONFIG_BYTES,
  SLOT_CONFIG_GENERATION,
  SLOT_CONFIG_MAX,
  SLOT_DEVICE_FEATURES,
  SLOT_DEVICE_ID,
  SLOT_DRIVER_FEATURES,
  SLOT_NOTIFIED,
  SLOT_QUEUE,
  SLOT_QUEUE_COUNT,
  SLOT_STATUS,
  SLOTS_PTR,
} from "../../../assembly/abi.js";
import type { GuestMemory } from "../memory.js";
import type { Backend } from "./backend.js";
import type { Chain } from "./chain.js";
import { QueueError, type QueueOwner, Virtqueue } from "./virtqueue.js";

/** Device status bits [virtio 2.1]. */
export const STATUS_DRIVER_OK = 4;
export const STATUS_FEATURES_OK = 8;
export const STATUS_DEVICE_NEEDS_RESET = 64;

/** Reserved feature bits [virtio 6]. */
export const VIRTIO_F_INDIRECT_DESC = 28;
export const VIRTIO_F_EVENT_IDX = 29;
export const VIRTIO_F_VERSION_1 = 32;
const TRANSPORT_FEATURES = [VIRTIO_F_INDIRECT_DESC, VIRTIO_F_EVENT_IDX, VIRTIO_F_VERSION_1];

export class Slot implements QueueOwner {
  readonly number: number;
  readonly memory: GuestMemory;
  readonly queues: readonly Virtqueue[];
  readonly #backend: Backend;
  readonly #ptr: number;
  readonly #raise: (slot: number, bits: number) => void;
  #epoch = 0;

  /** `raise` sets INTERRUPT_* bits of a slot and wakes a guest that sleeps. The slot is empty until `install`. */
  constructor(number: number, backend: Backend, memory: GuestMemory, raise: (slot: number, bits: number) => void) {
    this.number = number;
    this.memory = memory;
    this.#backend = backend;
    this.#ptr = SLOTS_PTR + number * SLOT_BYTES;
    this.#raise = raise;
    this.queues = backend.queueSizes.map(
      (_, queue) => new Virtqueue(memory, this.#queuePtr(queue), this, () => this.#raise(this.number, INTERRUPT_USED)),
    );
    backend.attach(this);
  }

  get epoch(): number {
    return this.#epoch;
  }

  get eventIdx(): boolean {
    return this.accepted(VIRTIO_F_EVENT_IDX);
  }

  /** Whether the driver takes the feature of this number. */
  accepted(feature: number): boolean {
    const word = this.memory.view.getUint32(this.#ptr + SLOT_DRIVER_FEATURES + 4 * (feature >>> 5), true);
    return ((word >>> (feature & 31)) & 1) === 1;
  }

  /** Whether driver and device are both at work: between DRIVER_OK and the next reset or broken rule. */
  get live(): boolean {
    return (this.#status & (STATUS_DRIVER_OK | STATUS_DEVICE_NEEDS_RESET)) === STATUS_DRIVER_OK;
  }

  /** Writes what the device is into the register file: after every reset of the core. */
  install(): void {
    const { view } = this.memory;
    const features = offered(this.#backend.features);
    view.setUint32(this.#ptr + SLOT_DEVICE_ID, this.#backend.deviceId, true);
    view.setBigUint64(this.#ptr + SLOT_DEVICE_FEATURES, features, true);
    view.setUint32(this.#ptr + SLOT_QUEUE_COUNT, this.queues.length, true);
    this.#backend.queueSizes.forEach((size, queue) => {
      view.setUint32(this.#queuePtr(queue) + QUEUE_NUM_MAX, size, true);
    });
    view.setUint32(this.#ptr + SLOT_CONFIG_BYTES, this.#backend.config.length, true);
    this.#copyConfig(0, this.#backend.config);
  }

  /** Changes the configuration space and tells the driver. */
  writeConfig(offset: number, bytes: Uint8Array): void {
    this.#copyConfig(offset, bytes);
    const generationPtr = this.#ptr + SLOT_CONFIG_GENERATION;
    this.memory.view.setUint32(generationPtr, this.memory.view.getUint32(generationPtr, true) + 1, true);
    if (this.live) this.#raise(this.number, INTERRUPT_CONFIG);
  }

  /** There may be something in a queue. */
  notified(queue: number): void {
    if (this.live && queue < this.queues.length) this.guard(() => this.#backend.notify(queue));
  }

  /** The driver notified the queues that the core has noted. */
  serveNotified(): void {
    const { view } = this.memory;
    const notified = view.getUint32(this.#ptr + SLOT_NOTIFIED, true);
    view.setUint32(this.#ptr + SLOT_NOTIFIED, 0, true);
    for (const queue of this.queues.keys()) if (((notified >>> queue) & 1) === 1) this.notified(queue);
  }

  /** The driver wrote the status register. A promise means that the guest must not run before it is resolved. */
  statusWritten(status: number): void | Promise<void> {
    if (status === 0) return this.reset();
    if ((status & STATUS_FEATURES_OK) !== 0) this.#negotiate();
    // Buffers may lie there from before DRIVER_OK.
    if ((status & STATUS_DRIVER_OK) !== 0) for (const queue of this.queues.keys()) this.notified(queue);
  }

  /** Ends a life of the device: requests in flight will not be completed. */
  reset(): void | Promise<void> {
    this.#epoch++;
    for (const queue of this.queues) queue.reset();
    return this.#backend.reset?.();
  }

  /**
   * Pops the chains of a queue while `more` agrees and hands each to `answer`, which returns how many writable bytes it wrote, now or
   * later. Whatever it does, each chain is completed once. Signals once for all that were answered at once.
   */
  serve(queue: number, answer: (chain: Chain) => number | Promise<number>, more: () => boolean = always): void {
    this.guard(() => {
      const virtqueue = this.queues[queue]!;
      try {
        while (more()) {
          const chain = virtqueue.pop();
          if (chain === undefined) break;
          const written = answer(chain);
          if (typeof written === "number") virtqueue.push(chain, written);
          else void written.then((bytes) => this.complete(queue, chain, bytes));
        }
      } finally {
        virtqueue.signal();
      }
    });
  }

  /** Completes a chain that was popped earlier and signals. */
  complete(queue: number, chain: Chain, writtenBytes: number): void {
    if (chain.epoch !== this.#epoch || !this.live) return;
    this.guard(() => {
      this.queues[queue]!.push(chain, writtenBytes);
      this.queues[queue]!.signal();
    });
  }

  /** Runs what touches a queue; a QueueError makes the device demand a reset. */
  guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      this.#status |= STATUS_DEVICE_NEEDS_RESET;
      this.#raise(this.number, INTERRUPT_CONFIG);
    }
  }

  /** [virtio 3.1.1 step 5]: the device takes FEATURES_OK back when it cannot live with what the driver accepted. */
  #negotiate(): void {
    const accepted = this.memory.view.getBigUint64(this.#ptr + SLOT_DRIVER_FEATURES, true);
    const known = offered(this.#backend.features);
    const modern = (accepted & bit(VIRTIO_F_VERSION_1)) !== 0n;
    if ((accepted & ~known) !== 0n || !modern) {
      this.#status &= ~STATUS_FEATURES_OK;
    }
  }

  #copyConfig(offset: number, bytes: Uint8Array): void {
    if (offset + bytes.length > SLOT_CONFIG_MAX)
      throw new RangeError(`Configuration space has ${SLOT_CONFIG_MAX} bytes`);
    this.memory.bytes.set(bytes, this.#ptr + SLOT_CONFIG + offset);
  }

  #queuePtr(queue: number): number {
    return this.#ptr + SLOT_QUEUE + queue * QUEUE_BYTES;
  }

  get #status(): number {
    return this.memory.view.getUint32(this.#ptr + SLOT_STATUS, true);
  }

  set #status(value: number) {
    this.memory.view.setUint32(this.#ptr + SLOT_STATUS, value, true);
  }
}

function offered(features: readonly number[]): bigint {
  return [...features, ...TRANSPORT_FEATURES].reduce((bits, feature) => bits | bit(feature), 0n);
}

function bit(feature: number): bigint {
  return 1n << BigInt(feature);
}

function always(): boolean {
  return true;
}
