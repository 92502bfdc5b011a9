/*
 * The guest's console, whatever device it speaks through. Text comes from the virtio console and, through the text ring, from the UART,
 * the SBI and a cooperative kernel. Input goes to the UART when a driver listens there, else to that kernel when it is there, or to the virtio
 * console when a driver waits there, and waits otherwise until someone does.
 */

import { TEXT_BYTES, TEXT_HEAD, TEXT_PTR, TEXT_SIZE, TEXT_TAIL } from "../../../assembly/abi.js";
import type { Core } from "../core.js";
import { ConsoleBackend } from "../devices/console.js";
import type { GuestMemory } from "../memory.js";
import { CooperativeConsole } from "./cooperative.js";
import { ConsoleInput } from "./input.js";
import { LastWords } from "./last-words.js";
import { ConsoleOutput } from "./output.js";

/**
 * Linux's driver offers buffers early in its probe and throws away what comes before the end of it [linux drivers/char/virtio_console.c:
 * in_intr, init_port_console]. So input waits until the guest rested, or ran for this long, since the driver started the device.
 */
const PROBE_INSNS = 10_000_000;

export interface ConsoleSettings {
  readonly columns: number;
  readonly rows: number;
  /** Whether to give input to the UART even when no driver has enabled its interrupt: bare programs poll it. */
  readonly polledUart: boolean;
}

export class GuestConsole {
  readonly words = new LastWords();
  readonly output: ConsoleOutput;
  readonly input: ConsoleInput;
  readonly backend: ConsoleBackend;
  readonly #cooperative: CooperativeConsole;
  readonly #core: Core;
  readonly #memory: GuestMemory;
  readonly #polledUart: boolean;
  readonly #wake: () => void;
  #uartBusy = false;
  #probeInsns = PROBE_INSNS;

  /** `wake` is called when a sleeping guest has reason to run. */
  constructor(core: Core, memory: GuestMemory, { columns, rows, polledUart }: ConsoleSettings, wake: () => void) {
    this.#core = core;
    this.#memory = memory;
    this.#polledUart = polledUart;
    this.#wake = wake;
    this.output = new ConsoleOutput((bytes) => this.words.read(bytes));
    this.input = new ConsoleInput(() => this.pump());
    this.backend = new ConsoleBackend(this.input, this.output, columns, rows);
    this.#cooperative = new CooperativeConsole(core, memory, this.input, { columns, rows });
  }

  /** Whether the UART's FIFO was too small for what waits, so that the guest should be seen again soon. */
  get uartBusy(): boolean {
    return this.#uartBusy;
  }

  /** Takes text from the ring and gives input to whoever listens: after each run, of so many instructions. */
  exchange(ranInsns: number): void {
    this.#drain();
    this.#cooperative.greet();
    if (!this.backend.started) this.#probeInsns = PROBE_INSNS;
    else if (this.#probeInsns > 0) this.#probeInsns -= ranInsns;
    if (!this.input.empty) this.pump();
  }

  /** The guest rests: a driver that has started the device is ready. */
  idle(): void {
    this.words.idle();
    if (this.backend.started) this.#probeInsns = 0;
    if (!this.input.empty) this.pump();
  }

  /** The guest starts anew. */
  restart(): void {
    this.#cooperative.forget();
  }

  resize(columns: number, rows: number): void {
    this.backend.resize(columns, rows);
    if (this.#cooperative.resize(columns, rows)) this.#wake();
  }

  /** Gives input to whoever listens. Not while the guest runs. */
  pump(): void {
    this.#uartBusy = false;
    if (this.input.empty) return;
    if (this.#core.uartListening() !== 0) this.#pumpUart();
    else if (this.#cooperative.attached) {
      if (this.#cooperative.give()) this.#wake();
    } else if (this.backend.started) {
      if (this.#probeInsns <= 0 && this.backend.receiving) this.backend.receive();
    } else if (this.#polledUart) this.#pumpUart();
  }

  #pumpUart(): void {
    while (!this.input.empty) {
      if (this.#core.uartReceive(this.input.peek()) === 0) {
        this.#uartBusy = true;
        return;
      }
      this.input.skip();
      this.#wake();
    }
  }

  #drain(): void {
    const { view, bytes } = this.#memory;
    const head = view.getUint32(TEXT_PTR + TEXT_HEAD, true);
    let tail = view.getUint32(TEXT_PTR + TEXT_TAIL, true);
    while (tail !== head) {
      const at = tail % TEXT_SIZE;
      const length = Math.min((head - tail) >>> 0, TEXT_SIZE - at);
      const ptr = TEXT_PTR + TEXT_BYTES + at;
      this.output.write(bytes.subarray(ptr, ptr + length));
      tail = (tail + length) >>> 0;
    }
    view.setUint32(TEXT_PTR + TEXT_TAIL, tail, true);
  }
}
