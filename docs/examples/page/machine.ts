/*
 * One machine after the other on one terminal:
 *
 *     loading -> starting -> running -> stopping -> stopped, or failed, and from there again
 */

import { type BootProgress, Machine, type StopReason } from "colinux/browser";
import core from "colinux/core.wasm?url";
import type { ColinuxTerminal } from "colinux/terminal";
import type { Plan } from "./plan.js";

export type State = "loading" | "starting" | "running" | "stopping" | "stopped" | "failed";

/** Told what happens. */
export interface Watcher {
  state(state: State): void;
  progress(progress: BootProgress): void;
  /** The guest's first words are there to be seen. */
  started(): void;
  /** Something beside the console, such as a disk that fails. */
  reported(message: string): void;
  stopped(reason: StopReason): void;
  failed(error: unknown): void;
}

export class Runner {
  readonly #terminal: ColinuxTerminal;
  readonly #watcher: Watcher;
  #machine: Machine | undefined;
  #loading: AbortController | undefined;
  #running: Promise<void> | undefined;
  #state: State = "stopped";

  constructor(terminal: ColinuxTerminal, watcher: Watcher) {
    this.#terminal = terminal;
    this.#watcher = watcher;
  }

  get state(): State {
    return this.#state;
  }

  get machine(): Machine | undefined {
    return this.#machine;
  }

  /** Whether there is none, nor one on its way. */
  get over(): boolean {
    return this.#state === "stopped" || this.#state === "failed";
  }

  /** Boots, and returns when that machine has stopped. */
  start(plan: Plan): Promise<void> {
    this.#running = this.#live(plan);
    return this.#running;
  }

  /** Lets Linux bring itself in order; asked a second time, stops it where it is. */
  async stop(): Promise<void> {
    if (this.#machine === undefined) return this.#loading?.abort();
    if (this.#state === "stopping") return this.#machine.kill();
    this.#enter("stopping");
    await this.#machine.shutdown();
  }

  /** Lets Linux bring itself in order, and returns when it has stopped. */
  async end(): Promise<void> {
    if (!this.over && this.#state !== "stopping") await this.stop();
    await this.#running;
  }

  async #live({ options }: Plan): Promise<void> {
    const terminal = this.#terminal;
    const loading = new AbortController();
    this.#loading = loading;
    this.#enter("loading");
    void terminal.reset();
    try {
      const machine = await Machine.boot({
        core,
        ...options,
        console: { columns: terminal.columns, rows: terminal.rows },
        signal: loading.signal,
        onProgress: (progress) => this.#watcher.progress(progress),
        onReady: () => this.#enter("running"),
        report: (message) => this.#watcher.reported(message),
      });
      this.#machine = machine;
      this.#enter("starting");
      this.#watcher.started();
      await terminal.attach(machine.console);
      const reason = await machine.stopped;
      this.#machine = undefined;
      this.#enter(reason.kind === "panic" || reason.kind === "fault" ? "failed" : "stopped");
      this.#watcher.stopped(reason);
    } catch (error) {
      const given = loading.signal.aborted;
      this.#enter(given ? "stopped" : "failed");
      if (given) this.#watcher.stopped({ kind: "killed" });
      else this.#watcher.failed(error);
    }
  }

  #enter(state: State): void {
    // A guest that comes to life while it is being stopped is still being stopped.
    if (this.#state === "stopping" && state === "running") return;
    this.#state = state;
    this.#watcher.state(state);
  }
}
