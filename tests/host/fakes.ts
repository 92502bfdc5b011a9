/*
 * Stand-ins for what lies around the host's common part: a core that does what a test tells it, an environment whose time the test moves,
 * a driver that fills virtqueues, and a storage that answers when it is told to.
 */

import {
  PASSAGE_LEFT,
  PASSAGE_P0,
  PASSAGE_PTR,
  QUEUE_BYTES,
  QUEUE_DESC,
  QUEUE_DEVICE,
  QUEUE_DRIVER,
  QUEUE_NUM,
  QUEUE_READY,
  RAM_PA,
  RAM_PTR,
  SLOT_BYTES,
  SLOT_DRIVER_FEATURES,
  SLOT_QUEUE,
  SLOT_STATUS,
  SLOTS_PTR,
  TEXT_BYTES,
  TEXT_HEAD,
  TEXT_PTR,
  TEXT_SIZE,
} from "../../assembly/abi.js";
import type { Core } from "../../host-js/common/core.js";
import type { Backend } from "../../host-js/common/devices/backend.js";
import { Slot } from "../../host-js/common/devices/slot.js";
import { GuestMemory, writeU64 } from "../../host-js/common/memory.js";
import { Modules } from "../../host-js/common/modules.js";
import type { Environment, Storage } from "../../host-js/common/ports.js";

export const MIB = 2 ** 20;
export const RAM_BYTES = 16 * MIB;

/** A core without a CPU: `onRun` plays the guest and returns OP_*. */
export class FakeCore implements Core {
  /** Nothing is compiled in here. */
  readonly modules = new Modules({
    memory: new WebAssembly.Memory({ initial: 2 }),
    table: new WebAssembly.Table({ element: "anyfunc", initial: 1 }),
    now: () => 0,
    forgetUnits: () => undefined,
    report: () => undefined,
  });
  readonly buffer = new ArrayBuffer(RAM_PTR + RAM_BYTES);
  readonly view = new DataView(this.buffer);
  readonly raised: [slot: number, bits: number][] = [];
  readonly announced: number[] = [];
  /** Whether a cooperative kernel is there. */
  cooperative = false;
  readonly wrote: [ptr: number, bytes: number][] = [];
  readonly budgets: number[] = [];
  readonly uart: number[] = [];
  uartRoom = 16;
  listening = false;
  onRun: (budget: number) => number = () => 0;

  reset(): void {}

  run(budget: number): number {
    this.budgets.push(budget);
    this.view.setUint32(PASSAGE_PTR + PASSAGE_LEFT, 0, true);
    return this.onRun(budget);
  }

  raise(slot: number, bits: number): void {
    this.raised.push([slot, bits]);
  }

  announce(events: number): number {
    this.announced.push(events);
    return this.cooperative ? 1 : 0;
  }

  hostWrote(ptr: number, bytes: number): void {
    this.wrote.push([ptr, bytes]);
  }

  uartReceive(byte: number): number {
    if (this.uart.length >= this.uartRoom) return 0;
    this.uart.push(byte);
    return 1;
  }

  uartListening(): number {
    return this.listening ? 1 : 0;
  }

  forgetUnits(): void {}

  readCsr(): bigint {
    return 0n;
  }

  /** Sets the operation's parameters and returns it. */
  operation(operation: number, ...parameters: number[]): number {
    parameters.forEach((value, i) => {
      this.view.setUint32(PASSAGE_PTR + PASSAGE_P0 + 4 * i, value, true);
    });
    return operation;
  }

  /** Puts text into the ring as the UART does. */
  print(text: string): void {
    for (const byte of new TextEncoder().encode(text)) {
      const head = this.view.getUint32(TEXT_PTR + TEXT_HEAD, true);
      this.view.setUint8(TEXT_PTR + TEXT_BYTES + (head % TEXT_SIZE), byte);
      this.view.setUint32(TEXT_PTR + TEXT_HEAD, head + 1, true);
    }
  }

  memory(): GuestMemory {
    return new GuestMemory(this.buffer, RAM_BYTES, (ptr, bytes) => this.hostWrote(ptr, bytes));
  }
}

/** Time stands still unless the test moves it; a turn of the event loop is a real one. */
export class FakeEnvironment implements Environment {
  ms = 1000;
  wallMs = 1_700_000_000_000;
  turns = 0;
  readonly timers = new Set<{ at: number; ms: number; wake: () => void }>();

  now(): number {
    return this.ms;
  }

  wallTime(): number {
    return this.wallMs + this.ms;
  }

  turn(): Promise<void> {
    this.turns++;
    return new Promise((resolve) => setImmediate(resolve));
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { at: this.ms + ms, ms, wake };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  random(into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = i + 1;
  }

  /** Moves time on and lets what is due happen. */
  async advance(ms: number): Promise<void> {
    this.ms += ms;
    for (const timer of this.timers) {
      if (timer.at > this.ms) continue;
      this.timers.delete(timer);
      timer.wake();
    }
    await settle();
  }
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

export interface Descriptor {
  readonly pa: number | bigint;
  readonly bytes: number;
  readonly flags?: number;
  readonly next?: number;
}

export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;
const VERSION_1 = 1n << 32n;
const EVENT_IDX = 1n << 29n;
const QUEUE_SIZE = 8;
/** Where the driver puts the rings of queue q: a page each from here; buffers lie behind. */
const RINGS_PA = RAM_PA + MIB;
export const BUFFERS_PA = RAM_PA + 2 * MIB;

/** A driver of one device: brings it up and fills its queues by hand. */
export class FakeDriver {
  readonly core = new FakeCore();
  readonly memory = this.core.memory();
  readonly slot: Slot;
  readonly slotPtr: number;

  constructor(backend: Backend, options: { eventIdx?: boolean; number?: number } = {}) {
    const number = options.number ?? 0;
    this.slot = new Slot(number, backend, this.memory, (slot, bits) => this.core.raise(slot, bits));
    this.slot.install();
    this.slotPtr = SLOTS_PTR + number * SLOT_BYTES;
    this.start(options.eventIdx ? EVENT_IDX : 0n);
  }

  get status(): number {
    return this.core.view.getUint32(this.slotPtr + SLOT_STATUS, true);
  }

  /** Writes the status register as the core does before it gives control back. */
  writeStatus(status: number): void | Promise<void> {
    this.core.view.setUint32(this.slotPtr + SLOT_STATUS, status, true);
    if (status === 0) {
      for (let queue = 0; queue < this.slot.queues.length; queue++) {
        this.core.view.setUint32(this.#queuePtr(queue) + QUEUE_READY, 0, true);
      }
    }
    return this.slot.statusWritten(status);
  }

  /** Reset to DRIVER_OK [virtio 3.1.1]. Returns the promise of the reset if it waits. */
  start(features = 0n): void {
    const { view } = this.core;
    view.setBigUint64(this.slotPtr + SLOT_DRIVER_FEATURES, features | VERSION_1, true);
    void this.writeStatus(1 | 2 | 8);
    this.slot.queues.forEach((_, queue) => {
      const ptr = this.#queuePtr(queue);
      this.memory.bytes.fill(0, ...this.#span(this.availPa(queue), 0x800));
      this.memory.bytes.fill(0, ...this.#span(this.usedPa(queue), 0x400));
      view.setUint32(ptr + QUEUE_NUM, QUEUE_SIZE, true);
      writeU64(view, ptr + QUEUE_DESC, this.descPa(queue));
      writeU64(view, ptr + QUEUE_DRIVER, this.availPa(queue));
      writeU64(view, ptr + QUEUE_DEVICE, this.usedPa(queue));
      view.setUint32(ptr + QUEUE_READY, 1, true);
    });
    void this.writeStatus(1 | 2 | 8 | 4);
  }

  descPa(queue = 0): number {
    return RINGS_PA + queue * 0x1000;
  }

  availPa(queue = 0): number {
    return this.descPa(queue) + 0x400;
  }

  usedPa(queue = 0): number {
    return this.descPa(queue) + 0xc00;
  }

  setQueue(queue: number, register: number, value: number): void {
    writeU64(this.core.view, this.#queuePtr(queue) + register, value);
  }

  writeDescriptor(tablePa: number, index: number, { pa, bytes, flags = 0, next = 0 }: Descriptor): void {
    const ptr = tablePa - RAM_PA + RAM_PTR + index * 16;
    this.core.view.setBigUint64(ptr, BigInt(pa), true);
    this.core.view.setUint32(ptr + 8, bytes, true);
    this.core.view.setUint16(ptr + 12, flags, true);
    this.core.view.setUint16(ptr + 14, next, true);
  }

  /** Writes descriptors from index `first` on, chained unless they say otherwise, and makes them available. */
  offer(descriptors: readonly Descriptor[], first = 0, queue = 0): void {
    descriptors.forEach((descriptor, i) => {
      const last = i === descriptors.length - 1;
      const flags = (descriptor.flags ?? 0) | (last ? 0 : NEXT);
      this.writeDescriptor(this.descPa(queue), first + i, { next: first + i + 1, ...descriptor, flags });
    });
    this.makeAvailable(first, queue);
  }

  makeAvailable(head: number, queue = 0): void {
    const index = this.memory.readU16(this.availPa(queue) + 2);
    const at = this.availPa(queue) + 4 + 2 * (index % QUEUE_SIZE);
    this.core.view.setUint16(at - RAM_PA + RAM_PTR, head, true);
    this.setAvailIndex(index + 1, queue);
  }

  setAvailIndex(index: number, queue = 0): void {
    this.core.view.setUint16(this.availPa(queue) + 2 - RAM_PA + RAM_PTR, index, true);
  }

  setAvailFlags(flags: number, queue = 0): void {
    this.core.view.setUint16(this.availPa(queue) - RAM_PA + RAM_PTR, flags, true);
  }

  /** The used index at which the driver wants its next interrupt. */
  setUsedEvent(index: number, queue = 0): void {
    this.core.view.setUint16(this.availPa(queue) + 4 + 2 * QUEUE_SIZE - RAM_PA + RAM_PTR, index, true);
  }

  availEvent(queue = 0): number {
    return this.memory.readU16(this.usedPa(queue) + 4 + 8 * QUEUE_SIZE);
  }

  /** All used elements so far as [head, bytes]. */
  used(queue = 0): [head: number, bytes: number][] {
    const index = this.memory.readU16(this.usedPa(queue) + 2);
    return Array.from({ length: index }, (_, i) => {
      const pa = this.usedPa(queue) + 4 + 8 * (i % QUEUE_SIZE);
      return [this.memory.readU32(pa), this.memory.readU32(pa + 4)];
    });
  }

  #queuePtr(queue: number): number {
    return this.slotPtr + SLOT_QUEUE + queue * QUEUE_BYTES;
  }

  #span(pa: number, bytes: number): [number, number] {
    return [pa - RAM_PA + RAM_PTR, pa - RAM_PA + RAM_PTR + bytes];
  }
}

/** A disk in memory. With `later`, calls wait in `waiting` until the test finishes them. */
export class FakeStorage implements Storage {
  readonly data: Uint8Array;
  readonly waiting: { what: string; finish(error?: Error): Promise<void> }[] = [];
  readonly calls: string[] = [];
  later = false;
  fails = false;
  closed = 0;

  constructor(
    readonly bytes: number,
    readonly readOnly = false,
  ) {
    this.data = Uint8Array.from({ length: bytes }, (_, i) => i * 7 + (i >> 9));
  }

  read(offset: number, into: Uint8Array): void | Promise<void> {
    return this.#call(`read ${offset} ${into.length}`, () =>
      into.set(this.data.subarray(offset, offset + into.length)),
    );
  }

  write(offset: number, from: Uint8Array): void | Promise<void> {
    return this.#call(`write ${offset} ${from.length}`, () => this.data.set(from, offset));
  }

  flush(): void | Promise<void> {
    return this.#call("flush", () => undefined);
  }

  close(): void {
    this.closed++;
  }

  #call(what: string, act: () => void): void | Promise<void> {
    this.calls.push(what);
    if (this.fails) throw new Error("the medium is gone");
    if (!this.later) return act();
    return new Promise<void>((resolve, reject) => {
      const finish = async (error?: Error): Promise<void> => {
        if (error) reject(error);
        else {
          act();
          resolve();
        }
        await settle();
      };
      this.waiting.push({ what, finish });
    });
  }
}
