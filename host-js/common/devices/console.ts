/*
 * The virtio console [virtio 5.3]: one port, two queues. What the guest transmits goes to the console output; its receive buffers are
 * requests that complete late, when something is typed. While the output is full, chains stay in the ring, so nothing is lost and the
 * driver feels the slow reader.
 */

import type { ConsoleInput } from "../console/input.js";
import type { ConsoleOutput } from "../console/output.js";
import type { Backend } from "./backend.js";
import type { Chain } from "./chain.js";
import type { Slot } from "./slot.js";

const VIRTIO_CONSOLE_F_SIZE = 0;
const RECEIVE = 0;
const TRANSMIT = 1;

export class ConsoleBackend implements Backend {
  readonly deviceId = 3;
  readonly features = [VIRTIO_CONSOLE_F_SIZE];
  readonly queueSizes = [128, 128];
  /** cols u16, rows u16, max_nr_ports u32, emerg_wr u32. */
  readonly config = new Uint8Array(12);
  readonly #input: ConsoleInput;
  readonly #output: ConsoleOutput;
  #slot!: Slot;

  constructor(input: ConsoleInput, output: ConsoleOutput, columns: number, rows: number) {
    this.#input = input;
    this.#output = output;
    this.config.set(sizeConfig(columns, rows));
    output.onRoom(() => this.#transmit());
  }

  attach(slot: Slot): void {
    this.#slot = slot;
  }

  notify(queue: number): void {
    if (queue === TRANSMIT) this.#transmit();
  }

  /** Whether a driver has started the device. */
  get started(): boolean {
    return this.#slot.live;
  }

  /** Whether a driver waits for input. */
  get receiving(): boolean {
    if (!this.#slot.live) return false;
    let waiting = false;
    this.#slot.guard(() => {
      waiting = this.#slot.queues[RECEIVE]!.waiting;
    });
    return waiting;
  }

  /** Moves console input into the driver's buffers as far as both go. */
  receive(): void {
    this.#slot.serve(
      RECEIVE,
      (chain) => this.#fill(chain),
      () => this.#slot.live && !this.#input.empty,
    );
  }

  resize(columns: number, rows: number): void {
    this.config.set(sizeConfig(columns, rows));
    this.#slot.writeConfig(0, sizeConfig(columns, rows));
  }

  #fill(chain: Chain): number {
    const { memory } = this.#slot;
    let written = 0;
    for (const { pa, bytes } of chain.writable) {
      const taken = this.#input.take(memory.ramView(pa, bytes));
      memory.wrote(pa, taken);
      written += taken;
    }
    return written;
  }

  #transmit(): void {
    if (!this.#slot.live) return;
    this.#slot.serve(
      TRANSMIT,
      (chain) => {
        for (const { pa, bytes } of chain.readable) this.#output.write(this.#slot.memory.ramView(pa, bytes));
        return 0;
      },
      () => !this.#output.full,
    );
  }
}

function sizeConfig(columns: number, rows: number): Uint8Array {
  return Uint8Array.of(columns & 0xff, columns >> 8, rows & 0xff, rows >> 8);
}
