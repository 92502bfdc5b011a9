/*
 * A split virtqueue from the device's side [virtio 2.7]: take chains from the available ring, put them into the used ring, and decide
 * whether the driver wants to hear of it. Everything in the rings is the guest's word and is checked; what cannot be right throws
 * QueueError, which the transport turns into DEVICE_NEEDS_RESET. The position in both rings lies in the slot's part of linear memory, so
 * that a copy of memory holds it.
 *
 *     descriptor  addr u64 | len u32 | flags u16 | next u16
 *     available   flags u16 | idx u16 | head u16 x num | used_event u16
 *     used        flags u16 | idx u16 | (id u32, len u32) x num | avail_event u16
 */

import {
  QUEUE_DESC,
  QUEUE_DEVICE,
  QUEUE_DRIVER,
  QUEUE_LAST_AVAIL,
  QUEUE_LAST_USED,
  QUEUE_NUM,
  QUEUE_NUM_MAX,
  QUEUE_READY,
} from "../../../assembly/abi.js";
import { type GuestMemory, readU64 } from "../memory.js";
import type { Buffer, Chain } from "./chain.js";

const VIRTQ_DESC_F_NEXT = 1;
const VIRTQ_DESC_F_WRITE = 2;
const VIRTQ_DESC_F_INDIRECT = 4;
const VIRTQ_AVAIL_F_NO_INTERRUPT = 1;
const DESCRIPTOR_BYTES = 16;

/** Most descriptors of one chain. The spec says the queue size; drivers with indirect tables go beyond it, as with QEMU. */
const CHAIN_MAX = 1024;

/** The driver broke a rule of the spec that the device cannot work around. */
export class QueueError extends Error {}

/** What a queue needs to know of its device at the moment. */
export interface QueueOwner {
  /** Counts the resets of the device. */
  readonly epoch: number;
  /** Whether VIRTIO_F_EVENT_IDX was negotiated. */
  readonly eventIdx: boolean;
}

export class Virtqueue {
  readonly #memory: GuestMemory;
  readonly #ptr: number;
  readonly #owner: QueueOwner;
  readonly #interrupt: () => void;
  /** Used index when the driver was last interrupted; unknown in a queue that has just been set up. */
  #signalled: number | undefined;

  /** `ptr` is the queue's register file in linear memory; `interrupt` tells the driver of new used elements. */
  constructor(memory: GuestMemory, ptr: number, owner: QueueOwner, interrupt: () => void) {
    this.#memory = memory;
    this.#ptr = ptr;
    this.#owner = owner;
    this.#interrupt = interrupt;
  }

  get ready(): boolean {
    return this.#register32(QUEUE_READY) !== 0;
  }

  /** Forgets all positions, as a device reset demands. */
  reset(): void {
    this.#lastAvail = 0;
    this.#lastUsed = 0;
    this.#signalled = undefined;
  }

  /** Whether the driver has made a chain available that was not taken yet. Throws QueueError. */
  get waiting(): boolean {
    return this.#available() > 0;
  }

  /** Takes the next chain, or asks the driver to notify about the next one and returns undefined. Throws QueueError. */
  pop(): Chain | undefined {
    if (this.#available() === 0) {
      if (this.#owner.eventIdx && this.ready) {
        this.#memory.writeU16(this.#usedPa + 4 + 8 * this.#num, this.#lastAvail);
      }
      return undefined;
    }
    const last = this.#lastAvail;
    const head = this.#memory.readU16(this.#availPa + 4 + 2 * (last & (this.#num - 1)));
    const chain = this.#walk(head);
    this.#lastAvail = last + 1;
    return chain;
  }

  /**
   * Gives a chain back of which the device has written the first `writtenBytes` writable bytes. A chain from before a reset is dropped.
   * Throws QueueError.
   */
  push(chain: Chain, writtenBytes: number): void {
    if (chain.epoch !== this.#owner.epoch || !this.ready) return;
    this.#checkRings();
    const used = this.#lastUsed;
    const elementPa = this.#usedPa + 4 + 8 * (used & (this.#num - 1));
    this.#memory.writeU32(elementPa, chain.head);
    this.#memory.writeU32(elementPa + 4, writtenBytes);
    this.#lastUsed = used + 1;
    this.#memory.writeU16(this.#usedPa + 2, this.#lastUsed);
  }

  /** Interrupts the driver if chains were pushed since the last call and it wants to know [virtio 2.7.7.2, 2.7.10]. Throws QueueError. */
  signal(): void {
    if (!this.ready) return;
    this.#checkRings();
    const now = this.#lastUsed;
    const before = this.#signalled ?? 0;
    if (now === before) return;
    const first = this.#signalled === undefined;
    this.#signalled = now;
    if (first || this.#wantsInterrupt(before, now)) this.#interrupt();
  }

  #wantsInterrupt(before: number, now: number): boolean {
    if (this.#owner.eventIdx) {
      const event = this.#memory.readU16(this.#availPa + 4 + 2 * this.#num);
      return ((now - event - 1) & 0xffff) < ((now - before) & 0xffff);
    }
    return (this.#memory.readU16(this.#availPa) & VIRTQ_AVAIL_F_NO_INTERRUPT) === 0;
  }

  /** How many chains wait in the available ring. */
  #available(): number {
    if (!this.ready) return 0;
    this.#checkRings();
    const count = (this.#memory.readU16(this.#availPa + 2) - this.#lastAvail) & 0xffff;
    if (count > this.#num) throw new QueueError(`The available index is ${count} entries ahead of ${this.#num}`);
    return count;
  }

  #checkRings(): void {
    const num = this.#num;
    const max = this.#register32(QUEUE_NUM_MAX);
    if (num === 0 || num > max || (num & (num - 1)) !== 0) {
      throw new QueueError(`The queue size is ${num}, not a power of two up to ${max}`);
    }
    this.#checkRing("descriptor table", this.#descPa, 16, DESCRIPTOR_BYTES * num);
    this.#checkRing("available ring", this.#availPa, 2, 6 + 2 * num);
    this.#checkRing("used ring", this.#usedPa, 4, 6 + 8 * num);
  }

  #checkRing(what: string, pa: number, alignment: number, bytes: number): void {
    if (pa % alignment !== 0 || !this.#memory.isRam(pa, bytes)) {
      throw new QueueError(`The ${what} at 0x${pa.toString(16)} is not aligned RAM`);
    }
  }

  #walk(head: number): Chain {
    const memory = this.#memory;
    const readable: Buffer[] = [];
    const writable: Buffer[] = [];
    let readableBytes = 0;
    let writableBytes = 0;
    let tablePa = this.#descPa;
    let entries = this.#num;
    let indirect = false;
    let index = head;

    for (let count = 0; ; ) {
      if (index >= entries) throw new QueueError(`Descriptor ${index} is not in a table of ${entries}`);
      const pa = tablePa + index * DESCRIPTOR_BYTES;
      const addrPa = memory.readU64(pa);
      const bytes = memory.readU32(pa + 8);
      const flags = memory.readU16(pa + 12);

      if ((flags & VIRTQ_DESC_F_INDIRECT) !== 0) {
        // [virtio 2.7.5.3.1]: neither nested nor followed by anything.
        if (indirect || (flags & VIRTQ_DESC_F_NEXT) !== 0)
          throw new QueueError("An indirect descriptor is nested or has a next one");
        if (bytes === 0 || bytes % DESCRIPTOR_BYTES !== 0) throw new QueueError(`An indirect table has ${bytes} bytes`);
        if (!memory.isRam(addrPa, bytes))
          throw new QueueError(`An indirect table at 0x${addrPa.toString(16)} is not RAM`);
        indirect = true;
        tablePa = addrPa;
        entries = bytes / DESCRIPTOR_BYTES;
        index = 0;
        continue;
      }

      if (!memory.isRam(addrPa, bytes)) {
        throw new QueueError(`A buffer of ${bytes} bytes at 0x${addrPa.toString(16)} is not RAM`);
      }
      if ((flags & VIRTQ_DESC_F_WRITE) !== 0) {
        writable.push({ pa: addrPa, bytes });
        writableBytes += bytes;
      } else {
        if (writable.length > 0) throw new QueueError("A readable buffer follows a writable one");
        readable.push({ pa: addrPa, bytes });
        readableBytes += bytes;
      }

      if ((flags & VIRTQ_DESC_F_NEXT) === 0) break;
      count++;
      if (count >= Math.min(indirect ? entries : this.#num, CHAIN_MAX))
        throw new QueueError("A descriptor chain does not end");
      index = memory.readU16(pa + 14);
    }
    return { head, epoch: this.#owner.epoch, readable, writable, readableBytes, writableBytes };
  }

  get #num(): number {
    return this.#register32(QUEUE_NUM);
  }

  get #descPa(): number {
    return readU64(this.#memory.view, this.#ptr + QUEUE_DESC);
  }

  get #availPa(): number {
    return readU64(this.#memory.view, this.#ptr + QUEUE_DRIVER);
  }

  get #usedPa(): number {
    return readU64(this.#memory.view, this.#ptr + QUEUE_DEVICE);
  }

  get #lastAvail(): number {
    return this.#memory.view.getUint16(this.#ptr + QUEUE_LAST_AVAIL, true);
  }

  set #lastAvail(value: number) {
    this.#memory.view.setUint16(this.#ptr + QUEUE_LAST_AVAIL, value, true);
  }

  get #lastUsed(): number {
    return this.#memory.view.getUint16(this.#ptr + QUEUE_LAST_USED, true);
  }

  set #lastUsed(value: number) {
    this.#memory.view.setUint16(this.#ptr + QUEUE_LAST_USED, value, true);
  }

  #register32(offset: number): number {
    return this.#memory.view.getUint32(this.#ptr + offset, true);
  }
}
