/*
 * A machine, the library's public face: a guest, wherever it runs, and its agent.
 */

import { Agent } from "./agent/agent.js";
import type { GuestFiles } from "./agent/files.js";
import type { Waiting } from "./agent/link.js";
import type { ExecOptions, GuestProcess } from "./agent/process.js";
import { ColinuxError } from "./errors.js";
import type { Guest, GuestButton, MachineConsole } from "./guest.js";
import type { StopReason } from "./options.js";
import type { Environment } from "./ports.js";
import type { MachineStatistics } from "./statistics.js";

const SHUTDOWN_MS = 30_000;

/**
 * One guest, from its boot to its end. `boot` of `colinux` and `colinux/browser` make them. It runs until it is stopped or stops itself, whether or
 * not anybody holds it, as a child process does.
 */
export class Machine {
  /** The console of the guest. */
  readonly console: MachineConsole;
  /** Why the machine stopped. Never rejects; comes after the last console output and after the disks were closed. */
  readonly stopped: Promise<StopReason>;
  /** The guest's files, by its agent. */
  readonly files: GuestFiles;
  readonly #guest: Guest;
  readonly #agent: Agent;
  readonly #after: Environment["after"];

  /**
   * `boot` makes machines. `onReady` is called each time that the guest's agent is there.
   *
   * @internal
   */
  constructor(guest: Guest, environment: Pick<Environment, "after" | "random">, onReady?: () => void) {
    this.#guest = guest;
    this.#after = (ms, wake) => environment.after(ms, wake);
    this.#agent = new Agent(guest.connections, environment, () => onReady?.());
    this.console = guest.console;
    this.files = this.#agent.files;
    this.stopped = guest.stopped.then((reason) => {
      this.#agent.stop();
      return reason;
    });
  }

  /** Stops the guest where it is. Returns when requests in flight are done and the disks are closed. May be called at any time, and twice. */
  async kill(): Promise<void> {
    this.#guest.kill();
    await this.stopped;
  }

  /**
   * Asks the guest to power off, which brings its file systems in order, and stops it after `timeoutMs` (30 s) if it has not, or at once if it has neither
   * an agent nor a kernel that can be asked. Returns why it stopped. May be called at any time, and twice.
   */
  async shutdown({ timeoutMs = SHUTDOWN_MS }: { readonly timeoutMs?: number } = {}): Promise<StopReason> {
    await this.#ask("power", this.stopped, timeoutMs);
    this.#guest.kill();
    return this.stopped;
  }

  /**
   * The same, for a guest that is to start again, with the same disks and the same console. Resolves when that begins, or the machine has stopped, as
   * it does with `noReboot`.
   */
  async restart({ timeoutMs = SHUTDOWN_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    let over = false;
    const ended = this.#guest.bootEnded().then(() => {
      over = true;
    });
    await this.#ask("restart", ended, timeoutMs);
    if (!over) this.#guest.reset();
    await ended;
  }

  /** Asks for an orderly end, and waits until it has come, the time is over, or nobody can be asked. */
  async #ask(button: GuestButton, ended: Promise<unknown>, timeoutMs: number): Promise<void> {
    // What becomes of the program that asks for it does not matter.
    const asked = this.#agent
      .exec([button === "power" ? "poweroff" : "reboot"], { readyTimeout: 0 })
      .then(
        () => true,
        () => this.#guest.press(button),
      )
      .catch(() => false);
    let cancel: (() => void) | undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#after(timeoutMs, resolve);
    });
    await Promise.race([ended, late, asked.then((done) => (done ? ended : undefined))]);
    cancel?.();
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

  /**
   * A copy of `bytes` bytes of guest RAM at physical address `pa`, for debuggers and tests. Rejects with a RangeError beyond RAM, and with `stopped`
   * when a machine in a thread of its own has stopped.
   */
  readMemory(pa: number, bytes: number): Promise<Uint8Array> {
    return this.#guest.readMemory(pa, bytes);
  }

  /** What it has done since its last boot, so far. */
  statistics(): Promise<MachineStatistics> {
    return this.#guest.statistics();
  }
}
