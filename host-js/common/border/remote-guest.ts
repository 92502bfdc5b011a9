/*
 * A guest in another thread, seen from its caller's.
 */

import { checkConsoleSize } from "../checks.js";
import { Deferred } from "../deferred.js";
import { ColinuxError } from "../errors.js";
import type { Guest, GuestButton, MachineConsole } from "../guest.js";
import type { StopReason } from "../options.js";
import type { Connections, Duplex, Storage } from "../ports.js";
import type { MachineStatistics } from "../statistics.js";
import type { Revive } from "./errors.js";
import { packOptions } from "./options.js";
import {
  type Border,
  type CallerFunctions,
  CONSOLE_STREAM,
  type Endpoint,
  type GuestFunctions,
  openBorder,
} from "./rpc.js";
import { serveStorages } from "./storage.js";

/** A thread in which serve.ts waits. */
export interface GuestThread extends Endpoint {
  /** Ends it, wherever it is. */
  terminate(): void | Promise<void>;
}

/** What a caller may want to know and to say. */
export interface RemoteOptions {
  readonly report?: ((message: string) => void) | undefined;
  /** Makes errors of classes that only this runtime has. */
  readonly revive?: Revive;
}

export class RemoteGuest implements Guest, Connections {
  readonly console: MachineConsole;
  readonly stopped: Promise<StopReason>;
  readonly #thread: GuestThread;
  readonly #border: Border<GuestFunctions>;
  readonly #ended = new Deferred<StopReason>();
  readonly #listeners = new Map<number, (connection: Duplex, guestPort: number) => void>();
  readonly #storages = new Map<number, Storage>();
  #lastStatistics: MachineStatistics | undefined;
  #stopping = false;
  #nextStream = 2;

  constructor(thread: GuestThread, { report, revive = () => undefined }: RemoteOptions = {}) {
    this.#thread = thread;
    this.stopped = this.#ended.promise;
    const functions: CallerFunctions = {
      ...serveStorages(this.#storages),
      accepted: (stream, port, guestPort) => this.#accepted(stream, port, guestPort),
      report: (message) => report?.(message),
      stopped: (reason, statistics) => this.#stop(reason, statistics),
    };
    this.#border = openBorder<GuestFunctions>(thread, functions, revive);
    const { readable, writable } = this.#border.streams.open(CONSOLE_STREAM);
    this.console = {
      output: readable,
      input: writable,
      resize: (columns, rows) => {
        checkConsoleSize(columns, rows);
        this.#border.tell("resize", columns, rows);
      },
    };
  }

  get connections(): Connections {
    return this;
  }

  /**
   * Boots it; whoever shall hear of its first connections listens already. Rejects as `options` and as the boot there does, and the thread ends
   * then.
   */
  async boot(options: object | Promise<object>): Promise<void> {
    try {
      const { sent, storages } = packOptions(await options);
      for (const [number, storage] of storages) this.#storages.set(number, storage);
      await this.#border.call("boot", sent);
    } catch (error) {
      await this.#thread.terminate();
      throw error;
    }
  }

  /** The thread has ended without a word of the guest's end. */
  threadEnded(error: Error): void {
    void this.#stop({
      kind: "fault",
      message: error.message,
      ...(error.stack !== undefined && { stack: error.stack }),
    });
  }

  kill(): void {
    this.#border.tell("kill");
  }

  reset(): void {
    this.#border.tell("reset");
  }

  async bootEnded(): Promise<void> {
    // Of a guest that stops there is no answer.
    await this.#border.call("bootEnded").catch(() => undefined);
  }

  async press(button: GuestButton): Promise<boolean> {
    return this.#border.call("press", button);
  }

  async readMemory(pa: number, bytes: number): Promise<Uint8Array> {
    return this.#border.call("readMemory", pa, bytes);
  }

  async statistics(): Promise<MachineStatistics> {
    return this.#lastStatistics ?? this.#border.call("statistics");
  }

  async connect(port: number, signal?: AbortSignal): Promise<Duplex> {
    if (signal?.aborted) throw signal.reason;
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const duplex = this.#border.streams.open(stream);
    const abandon = (): void => this.#border.tell("abandon", stream);
    signal?.addEventListener("abort", abandon);
    try {
      await this.#border.call("connect", stream, port);
    } catch (error) {
      duplex.forget();
      if (signal?.aborted) throw signal.reason;
      throw this.#stopping ? new ColinuxError("connection-reset", "The guest has stopped.", { cause: error }) : error;
    } finally {
      signal?.removeEventListener("abort", abandon);
    }
    return duplex;
  }

  listen(port: number, accept: (connection: Duplex, guestPort: number) => void): () => void {
    this.#listeners.set(port, accept);
    this.#border.tell("listen", port);
    return () => this.#listeners.delete(port);
  }

  #accepted(stream: number, port: number, guestPort: number): void {
    const duplex = this.#border.streams.open(stream);
    const accept = this.#listeners.get(port);
    if (accept === undefined) duplex.reset();
    else accept(duplex, guestPort);
  }

  async #stop(reason: StopReason, statistics?: MachineStatistics): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#lastStatistics = statistics;
    const why = reason.kind === "fault" ? `: ${reason.message}` : ".";
    this.#border.close(new ColinuxError("stopped", `The machine has stopped${why}`));
    // Its memory is given back by then.
    await this.#thread.terminate();
    this.#ended.resolve(reason);
  }
}
