/*
 * A guest in this thread, from its boot to its end. Here the parts are put together, and the work is left to them: boot/ reads and places the
 * kernel, core.ts is the CPU, devices/ serve the slots, loop.ts switches between the worlds.
 */

import { COOP_EVENT_POWEROFF, COOP_EVENT_RESTART, PASSAGE_PTR, PASSAGE_TIME } from "../../assembly/abi.js";
import { type BoardDescription, Boot } from "./boot/boot.js";
import { checkConsoleSize, checkOptions } from "./checks.js";
import { Clock } from "./clock.js";
import { GuestConsole } from "./console/console.js";
import { type Core, createCore, describeCoreFailure } from "./core.js";
import type { Backend } from "./devices/backend.js";
import { BlockBackend } from "./devices/block.js";
import { EntropyBackend } from "./devices/entropy.js";
import { Slot } from "./devices/slot.js";
import { CONSOLE_SLOT, ENTROPY_SLOT, VSOCK_SLOT } from "./devices/slots.js";
import { VsockBackend } from "./devices/vsock/backend.js";
import { messageOf } from "./errors.js";
import type { Guest, GuestButton, MachineConsole } from "./guest.js";
import { Loop, type World } from "./loop.js";
import { GuestMemory, readU64 } from "./memory.js";
import type { MachineOptions, StopReason } from "./options.js";
import type { Connections } from "./ports.js";
import { Sampling } from "./sampler.js";
import { type MachineStatistics, readStatistics } from "./statistics.js";

const RAM_BYTES = 256 * 2 ** 20;
const JIT_THRESHOLD = 2000;
const JIT_THRESHOLD_YOUNG = 16_000;
const COLUMNS = 80;
const ROWS = 24;

export class LocalGuest implements Guest {
  readonly console: MachineConsole;
  readonly connections: Connections;
  readonly stopped: Promise<StopReason>;
  readonly #options: MachineOptions;
  readonly #description: BoardDescription;
  #boot: Boot;
  readonly #world: World;
  readonly #loop: Loop;
  readonly #trace: readonly string[];
  /** The clocks at the last boot, where statistics begin. */
  /** The boot of the moment, to its end. */
  #life: Promise<StopReason> | undefined;
  #booted = { atMs: 0, runMs: 0, tick: 0 };
  #endedMs: number | undefined;

  /**
   * Builds a machine and starts the guest on it. Rejects with a ColinuxError when an option cannot be used; the disks are the caller's until it
   * has resolved.
   */
  static async boot(options: MachineOptions): Promise<LocalGuest> {
    const ramBytes = options.ramBytes ?? RAM_BYTES;
    checkOptions(options, ramBytes);
    const slots = occupiedSlots(options);
    const description: BoardDescription = { ramBytes, commandLine: options.commandLine ?? "", slots };
    const boot = await Boot.prepare(description, options);
    const trace: string[] = [];
    const heard = (line: string): void => {
      trace[0] = line;
      options.report?.(`core: ${line}`);
    };
    const core = createCore(options.core, ramBytes, options.environment, heard, (text) => options.report?.(text));
    return new LocalGuest(options, description, boot, core, trace);
  }

  private constructor(
    options: MachineOptions,
    description: BoardDescription,
    boot: Boot,
    core: Core,
    trace: readonly string[],
  ) {
    const { environment } = options;
    const { ramBytes } = description;
    const memory = new GuestMemory(core.buffer, ramBytes, core.hostWrote);
    const wake = (): void => this.#loop.wake();
    const { columns, rows } = options.console ?? { columns: COLUMNS, rows: ROWS };
    const console = new GuestConsole(core, memory, { columns, rows, polledUart: options.bare !== undefined }, wake);
    const clock = new Clock(environment, memory.view);
    const sampling = new Sampling(options.sampler, core, memory);
    const raise = (slot: number, bits: number): void => {
      core.raise(slot, bits);
      wake();
    };
    const slots = new Map<number, Slot>();
    const install = (number: number, backend: Backend): void => {
      slots.set(number, new Slot(number, backend, memory, raise));
    };
    options.disks?.forEach((disk, number) => {
      if (disk !== undefined)
        install(number, new BlockBackend(disk, `cobd${number}`, (text) => options.report?.(text)));
    });
    install(CONSOLE_SLOT, console.backend);
    install(ENTROPY_SLOT, new EntropyBackend(environment));
    const vsock = new VsockBackend();
    install(VSOCK_SLOT, vsock);
    this.connections = vsock;

    this.#options = options;
    this.#description = description;
    this.#boot = boot;
    this.#trace = trace;
    this.#world = {
      environment,
      core,
      memory,
      clock,
      sampling,
      console,
      slots,
      bare: options.bare,
      report: (text) => options.report?.(text),
    };
    this.#loop = new Loop(this.#world);
    this.console = {
      output: console.output.stream,
      input: console.input.stream,
      resize(columns, rows) {
        checkConsoleSize(columns, rows);
        console.resize(columns, rows);
      },
    };
    this.stopped = this.#live();
  }

  kill(): void {
    this.#loop.kill();
  }

  reset(): void {
    this.#loop.reset();
  }

  async bootEnded(): Promise<void> {
    await this.#life;
  }

  async press(button: GuestButton): Promise<boolean> {
    const event = button === "power" ? COOP_EVENT_POWEROFF : COOP_EVENT_RESTART;
    const told = this.#world.core.announce(event) !== 0;
    this.#loop.wake();
    return told;
  }

  async readMemory(pa: number, bytes: number): Promise<Uint8Array> {
    return this.#world.memory.ramView(pa, bytes).slice();
  }

  async statistics(): Promise<MachineStatistics> {
    return this.statisticsNow;
  }

  get statisticsNow(): MachineStatistics {
    const { core, memory, clock, environment } = this.#world;
    const { atMs, runMs, tick } = this.#booted;
    return readStatistics(memory.view, {
      bootTick: tick,
      wallMs: (this.#endedMs ?? environment.now()) - atMs,
      runMs: clock.runMs - runMs,
      modules: core.modules.counts,
    });
  }

  /** From the first boot to the end; a reboot begins again with the same disks and the same console. */
  async #live(): Promise<StopReason> {
    let reason = await this.#begin();
    while (reason.kind === "reboot" && this.#options.noReboot !== true) {
      await this.#readAgain();
      reason = await this.#begin();
    }

    for (const disk of this.#options.disks ?? []) {
      try {
        await disk?.close();
      } catch (error) {
        this.#options.report?.(`A disk could not be closed: ${messageOf(error)}`);
      }
    }
    this.#endedMs = this.#world.environment.now();
    this.#world.console.input.close();
    this.#world.console.output.close();
    return reason;
  }

  #begin(): Promise<StopReason> {
    this.#life = this.#once();
    return this.#life;
  }

  async #once(): Promise<StopReason> {
    const { core, memory, clock, environment, slots } = this.#world;
    const tick = readU64(memory.view, PASSAGE_PTR + PASSAGE_TIME);
    this.#booted = { atMs: environment.now(), runMs: clock.runMs, tick };
    try {
      const { jitThreshold } = this.#options;
      if (jitThreshold === undefined) core.modules.restart(JIT_THRESHOLD, JIT_THRESHOLD_YOUNG);
      else core.modules.restart(jitThreshold);
      this.#boot.start(core, memory, environment);
      for (const slot of slots.values()) slot.install();
      this.#world.console.restart();
      return await this.#loop.run();
    } catch (error) {
      const message = describeCoreFailure(error, this.#trace[0]);
      const stack = error instanceof Error ? error.stack : undefined;
      return { kind: "fault", message, ...(stack !== undefined && { stack }) };
    } finally {
      await this.#quiesce();
    }
  }

  /** Asks again for files that are given as functions: the guest may have put others in their place. */
  async #readAgain(): Promise<void> {
    const { kernel, initrd, report } = this.#options;
    if (typeof kernel !== "function" && typeof initrd !== "function") return;
    try {
      this.#boot = await Boot.prepare(this.#description, this.#options);
    } catch (error) {
      report?.(`The kernel cannot be read again, so that the one from before starts: ${messageOf(error)}`);
    }
  }

  /** Waits until no request touches guest RAM any more. */
  async #quiesce(): Promise<void> {
    for (const slot of this.#world.slots.values()) await slot.reset();
  }
}

function occupiedSlots({ disks = [] }: MachineOptions): number[] {
  const occupied = [...disks.keys()].filter((number) => disks[number] !== undefined);
  return [...occupied, CONSOLE_SLOT, ENTROPY_SLOT, VSOCK_SLOT];
}
