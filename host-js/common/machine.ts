/*
 * A machine: one guest from its boot to its end. This is the library's public face; it puts the parts together and leaves the work to
 * them: boot/ reads and places the kernel, core.ts is the CPU, devices/ serve the slots, loop.ts switches between the worlds.
 */

import { PASSAGE_PTR, PASSAGE_TIME } from "../../assembly/abi.js";
import { Agent } from "./agent/agent.js";
import type { GuestFiles } from "./agent/files.js";
import type { Waiting } from "./agent/link.js";
import type { ExecOptions, GuestProcess } from "./agent/process.js";
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
import { ColinuxError, messageOf } from "./errors.js";
import { Loop, type World } from "./loop.js";
import { GuestMemory, readU64 } from "./memory.js";
import type { MachineOptions, StopReason } from "./options.js";
import { Sampling } from "./sampler.js";
import { type MachineStatistics, readStatistics } from "./statistics.js";

const RAM_BYTES = 256 * 2 ** 20;
const JIT_THRESHOLD = 2000;
const SHUTDOWN_MS = 30_000;
const COLUMNS = 80;
const ROWS = 24;

/** The guest's console as byte streams. */
export interface MachineConsole {
  /** What the guest says. A reader that stops reading holds the guest once 1 MiB waits for it. Ends when the machine has stopped. */
  readonly output: ReadableStream<Uint8Array>;
  /** What is typed. A write is done when at most 64 KiB wait for the guest. Closing it tells the guest nothing. */
  readonly input: WritableStream<Uint8Array>;
  /** Tells the guest a new size in characters, 1 to 65535 each. Errors: `console-size`. */
  resize(columns: number, rows: number): void;
}

/** One guest, from its boot to its end. `boot` of `colinux` and `colinux/browser` make them. */
export class Machine {
  /** The console of the guest. */
  readonly console: MachineConsole;
  /** Why the machine stopped. Never rejects; comes after the last console output and after the disks were closed. */
  readonly stopped: Promise<StopReason>;
  /** The guest's files, by its agent. */
  readonly files: GuestFiles;
  readonly #agent: Agent;
  readonly #options: MachineOptions;
  readonly #description: BoardDescription;
  #boot: Boot;
  readonly #world: World;
  readonly #loop: Loop;
  readonly #trace: readonly string[];
  /** The clocks at the last boot, where statistics begin. */
  #booted = { atMs: 0, runMs: 0, tick: 0 };
  #endedMs: number | undefined;

  /**
   * Builds a machine and starts its guest. Rejects with a ColinuxError when an option cannot be used; the disks are the caller's until it
   * has resolved.
   */
  static async boot(options: MachineOptions): Promise<Machine> {
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
    return new Machine(options, description, boot, core, trace);
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
    this.#agent = new Agent(vsock, environment, () => options.onReady?.());
    this.files = this.#agent.files;

    this.#options = options;
    this.#description = description;
    this.#boot = boot;
    this.#trace = trace;
    this.#world = { environment, core, memory, clock, sampling, console, slots, bare: options.bare };
    this.#loop = new Loop(this.#world);
    this.console = {
      output: console.output.stream,
      input: console.input.stream,
      resize(columns, rows) {
        checkConsoleSize(columns, rows);
        console.backend.resize(columns, rows);
      },
    };
    this.stopped = this.#live();
  }

  /** Stops the guest where it is. Returns when requests in flight are done and the disks are closed. May be called at any time, and twice. */
  async kill(): Promise<void> {
    this.#loop.kill();
    await this.stopped;
  }

  /**
   * Asks the guest to power off, which brings its file systems in order, and stops it after `timeoutMs` (30 s) if it has not, or at once if it has no
   * agent to ask. Returns why it stopped. May be called at any time, and twice.
   */
  async shutdown({ timeoutMs = SHUTDOWN_MS }: { readonly timeoutMs?: number } = {}): Promise<StopReason> {
    // It hears of the end by `stopped`; what becomes of the program that asks for it does not matter.
    const asked = this.#agent.exec(["poweroff"], { readyTimeout: 0 }).then(
      () => true,
      () => false,
    );
    let cancel: (() => void) | undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#world.environment.after(timeoutMs, resolve);
    });
    await Promise.race([this.stopped, late, asked.then((done) => (done ? this.stopped : undefined))]);
    cancel?.();
    this.#loop.kill();
    return this.stopped;
  }

  /** For `await using`: stops the guest where it is. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  /**
   * Waits for the guest's agent, by which programs are run and files reached; anew after a reboot. Rejects with `agent-missing` when the guest
   * stops before, or after `readyTimeout` (60 s), with `agent-version`, and with `aborted`.
   */
  ready(options: Waiting = {}): Promise<void> {
    return this.#agent.ready(options);
  }

  /**
   * Runs a program in the guest: no shell, `argv[0]` is a path or a name in PATH. Waits for the agent as `ready` does, and resolves when the
   * program runs. Rejects as `ready` does, and with `exec-failed` (`errno` says why), `exec-argument` and `agent-lost`.
   */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<GuestProcess> {
    if (argv.length === 0)
      throw new ColinuxError("exec-argument", "exec: there is no program in an empty list of words.");
    return this.#agent.exec(argv, options);
  }

  /** The login shell of the user on a terminal. As `exec` else. */
  async shell(options: Omit<ExecOptions, "stdin"> = {}): Promise<GuestProcess> {
    return this.#agent.exec([], { ...options, tty: options.tty || true });
  }

  /** A copy of `bytes` bytes of guest RAM at physical address `pa`, for debuggers and tests. Throws a RangeError beyond RAM. */
  readMemory(pa: number, bytes: number): Uint8Array {
    return this.#world.memory.ramView(pa, bytes).slice();
  }

  /** What it has done since its last boot, so far. */
  get statistics(): MachineStatistics {
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
    let reason = await this.#once();
    while (reason.kind === "reboot" && this.#options.noReboot !== true) {
      await this.#readAgain();
      reason = await this.#once();
    }

    for (const disk of this.#options.disks ?? []) {
      try {
        await disk?.close();
      } catch (error) {
        this.#options.report?.(`A disk could not be closed: ${messageOf(error)}`);
      }
    }
    this.#agent.stop();
    this.#endedMs = this.#world.environment.now();
    this.#world.console.input.close();
    this.#world.console.output.close();
    return reason;
  }

  async #once(): Promise<StopReason> {
    const { core, memory, clock, environment, slots } = this.#world;
    const tick = readU64(memory.view, PASSAGE_PTR + PASSAGE_TIME);
    this.#booted = { atMs: environment.now(), runMs: clock.runMs, tick };
    try {
      core.modules.restart(this.#options.jitThreshold ?? JIT_THRESHOLD);
      this.#boot.start(core, memory, environment);
      for (const slot of slots.values()) slot.install();
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
