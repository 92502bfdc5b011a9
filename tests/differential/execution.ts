/*
 * One execution of ours that can be stopped after any number of instructions: a core instance, what is loaded into it, and as much of
 * a host as it takes. Nothing of the outside enters: time runs at a fixed rate and jumps to the next timer when the hart is idle, entropy
 * is a constant, disks answer at once, and console text is taken when the guest says that it waits, so two of them with the same image do
 * the same.
 */

import {
  OP_BUDGET,
  OP_CONFIG,
  OP_IDLE,
  OP_MODULE,
  OP_NOTIFY,
  OP_PANIC,
  OP_STATUS,
  OP_STOP,
  OP_TEXT,
  PASSAGE_COMPILED,
  PASSAGE_DEADLINE,
  PASSAGE_ENTRY,
  PASSAGE_NOW,
  PASSAGE_P0,
  PASSAGE_P1,
  PASSAGE_P2,
  PASSAGE_PTR,
  PASSAGE_RAM_BYTES,
  PASSAGE_RATE,
  PASSAGE_RETIRED,
  PASSAGE_THRESHOLD,
  RESET_BARE,
  STOP_REBOOT,
  TEXT_BYTES,
  TEXT_HEAD,
  TEXT_PTR,
  TEXT_SIZE,
  TEXT_TAIL,
} from "../../assembly/abi.js";
import { Boot } from "../../host-js/common/boot/boot.js";
import { type Core, createCore } from "../../host-js/common/core.js";
import { BlockBackend } from "../../host-js/common/devices/block.js";
import { Slot } from "../../host-js/common/devices/slot.js";
import { GuestMemory } from "../../host-js/common/memory.js";
import type { Environment, Storage } from "../../host-js/common/ports.js";
import type { Piece } from "./image.js";
import { RAM_BYTES } from "./layout.js";

/** 20 million instructions a second, in ticks of 2^-32. */
const RATE = 2n ** 31n;
const ENTROPY = 0x5a;
const NEVER = 2n ** 64n - 1n;
/** Operations after which the guest just goes on. */
const WITHOUT_ANSWER: ReadonlySet<number> = new Set([OP_NOTIFY, OP_BUDGET, OP_CONFIG]);

/** What a Linux is started with. */
export interface LinuxFiles {
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array;
  /** Disks that answer at once; none is shared with another execution. */
  readonly disks?: readonly Storage[];
  /** Words for the kernel beside those for its console. */
  readonly words?: string;
}

export class Execution {
  /** What the guest has said. */
  text = "";
  /** Set once the guest has ended. */
  ended = false;
  /** Instructions retired before the last reset, which forgets them. */
  private before = 0;
  private readonly slots = new Map<number, Slot>();

  /** `reset` puts the hart at its entry, again when the guest asks for a reboot. */
  private constructor(
    readonly core: Core,
    readonly view: DataView<ArrayBuffer>,
    private readonly slice: number,
    private readonly reset: () => void,
  ) {
    view.setBigUint64(PASSAGE_PTR + PASSAGE_RATE, RATE, true);
    reset();
  }

  /**
   * A bare program: pieces of RAM, started in M-mode at its beginning. `slice` is how many instructions one `run` gets, `threshold` how often code is
   * entered before it is compiled, 0 = it never is.
   */
  static bare(
    module: WebAssembly.Module,
    image: readonly Piece[],
    entryPa: number,
    slice: number,
    threshold = 0,
  ): Execution {
    const core = createCore(module, RAM_BYTES, environment, () => {});
    const memory = new GuestMemory(core.buffer as ArrayBuffer, RAM_BYTES, core.hostWrote);
    memory.view.setUint32(PASSAGE_PTR + PASSAGE_THRESHOLD, threshold, true);
    for (const { offset, bytes } of image) memory.write(entryPa + offset, bytes);
    return new Execution(core, memory.view, slice, () => {
      memory.view.setBigUint64(PASSAGE_PTR + PASSAGE_RAM_BYTES, BigInt(RAM_BYTES), true);
      memory.view.setBigUint64(PASSAGE_PTR + PASSAGE_ENTRY, BigInt(entryPa), true);
      core.reset(RESET_BARE);
    });
  }

  /** A Linux without devices but the UART and its disks. */
  static async linux(
    module: WebAssembly.Module,
    { disks = [], words = "", ...files }: LinuxFiles,
    ramBytes: number,
    slice: number,
    threshold = 0,
  ): Promise<Execution> {
    const core = createCore(module, ramBytes, environment, () => {});
    const memory = new GuestMemory(core.buffer as ArrayBuffer, ramBytes, core.hostWrote);
    memory.view.setUint32(PASSAGE_PTR + PASSAGE_THRESHOLD, threshold, true);
    const commandLine = `console=ttyS0 earlycon=sbi ${words}`.trimEnd();
    const boot = await Boot.prepare({ ramBytes, commandLine, slots: [...disks.keys()] }, files);
    const backends = disks.map((disk, n) => new BlockBackend(disk, `cobd${n}`, fail));
    const slots = backends.map((backend, n) => new Slot(n, backend, memory, core.raise));
    const execution = new Execution(core, memory.view, slice, () => {
      boot.start(core, memory, environment);
      for (const slot of slots) slot.install();
    });
    for (const slot of slots) execution.slots.set(slot.number, slot);
    return execution;
  }

  /** Instructions retired since the start; a trap counts as one. */
  get retired(): number {
    return this.before + Number(this.view.getBigUint64(PASSAGE_PTR + PASSAGE_RETIRED, true));
  }

  /** Of them since the last reset, those in compiled code. */
  get compiled(): number {
    return Number(this.view.getBigUint64(PASSAGE_PTR + PASSAGE_COMPILED, true));
  }

  /** Runs until `target` instructions have been retired or the guest has ended. */
  runTo(target: number): void {
    while (!this.ended && this.retired < target) {
      const operation = this.core.run(Math.min(this.slice, target - this.retired));
      for (const slot of this.slots.values()) slot.serveNotified();
      if (operation === OP_TEXT) this.takeText();
      else if (operation === OP_IDLE) this.sleep();
      else if (operation === OP_STOP) this.stop();
      else if (operation === OP_PANIC) this.panic();
      else if (operation === OP_MODULE) this.install();
      else if (operation === OP_STATUS) this.statusWritten();
      else if (!WITHOUT_ANSWER.has(operation)) throw new Error(`The guest asks for operation ${operation}`);
    }
  }

  private install(): void {
    this.core.modules.install(this.parameter(PASSAGE_P0), this.parameter(PASSAGE_P1), this.parameter(PASSAGE_P2));
  }

  private statusWritten(): void {
    const done = this.slots.get(this.parameter(PASSAGE_P0))?.statusWritten(this.parameter(PASSAGE_P1));
    if (done !== undefined) throw new Error("A disk does not answer at once");
  }

  /** The kernel has said all and does nothing any more. */
  private panic(): void {
    this.takeText();
    this.ended = true;
  }

  private parameter(at: number): number {
    return this.view.getUint32(PASSAGE_PTR + at, true);
  }

  private takeText(): void {
    const head = this.view.getUint32(TEXT_PTR + TEXT_HEAD, true);
    for (let at = this.view.getUint32(TEXT_PTR + TEXT_TAIL, true); at !== head; at = (at + 1) >>> 0) {
      this.text += String.fromCharCode(this.view.getUint8(TEXT_PTR + TEXT_BYTES + (at % TEXT_SIZE)));
    }
    this.view.setUint32(TEXT_PTR + TEXT_TAIL, head, true);
  }

  /** Idle guests sleep no time at all: the next timer is now. */
  private sleep(): void {
    this.takeText();
    const deadline = this.view.getBigUint64(PASSAGE_PTR + PASSAGE_DEADLINE, true);
    if (deadline === NEVER) this.ended = true;
    else this.view.setBigUint64(PASSAGE_PTR + PASSAGE_NOW, deadline, true);
  }

  private stop(): void {
    this.takeText();
    if (this.parameter(PASSAGE_P0) === STOP_REBOOT) {
      this.before = this.retired;
      this.reset();
    } else this.ended = true;
  }
}

const environment: Environment = {
  now: () => 0,
  wallTime: () => 0,
  turn: () => Promise.resolve(),
  after: () => () => {},
  random: (into) => {
    into.fill(ENTROPY);
  },
};

function fail(message: string): never {
  throw new Error(message);
}
