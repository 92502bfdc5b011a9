/*
 * What a terminal shows, and the bytes between the two. The guest is held by whoever reads slowly: no more is read than xterm.js has taken in, up to a
 * limit, since its timers run once a second or less in a tab that nobody looks at.
 */

import type { GuestProcess, MachineConsole } from "../../common/index.js";

/** What a terminal can show: the console of a machine, or a program of the guest that has a terminal (`tty`). */
export type TerminalPeer = MachineConsole | Pick<GuestProcess, "stdin" | "stdout" | "resize">;

/** What may wait in xterm.js, in bytes. */
const WAITING_BYTES_MAX = 128 << 10;
const WAITING_BYTES_MAX_HIDDEN = 4 << 20;

/** The screen's side of it. */
export interface Screen {
  /** Takes a copy; `shown` is called when it was taken in. */
  write(bytes: Uint8Array, shown: () => void): void;
  /** Whether nobody looks. */
  readonly hidden: boolean;
}

/** A terminal and its peer, for as long as they belong together. */
export class Attachment {
  /** All that the peer said was shown, or they belong together no more. Rejects when the output fails. */
  readonly ended: Promise<void>;
  readonly #peer: TerminalPeer;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #detached = false;
  /** Looks whether that for which reading waits has come. */
  #look: (() => void) | undefined;

  constructor(peer: TerminalPeer, screen: Screen) {
    this.#peer = peer;
    // A program has an `output`, too, which is a method.
    const isProgram = "stdout" in peer;
    this.#reader = (isProgram ? peer.stdout : peer.output).getReader();
    this.#writer = (isProgram ? peer.stdin : peer.input).getWriter();
    // A peer that has ended hears nothing more.
    this.#writer.closed.catch(() => undefined);
    this.ended = this.#show(screen).finally(() => this.detach());
  }

  type(bytes: Uint8Array): void {
    this.#writer.write(bytes).catch(() => undefined);
  }

  resize(columns: number, rows: number): void {
    // A program that has ended has no terminal any more.
    void Promise.resolve(this.#peer.resize(columns, rows)).catch(() => undefined);
  }

  /** Gives both streams back, for others to use. */
  detach(): void {
    if (this.#detached) return;
    this.#detached = true;
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    this.#look?.();
  }

  async #show(screen: Screen): Promise<void> {
    let waiting = 0;
    const fits = (): boolean => waiting <= (screen.hidden ? WAITING_BYTES_MAX_HIDDEN : WAITING_BYTES_MAX);
    for (;;) {
      const part = await this.#read();
      if (part === undefined) break;
      waiting += part.length;
      screen.write(part, () => {
        waiting -= part.length;
        this.#look?.();
      });
      await this.#until(fits);
    }
    await this.#until(() => waiting === 0);
  }

  /** Undefined at the end. */
  async #read(): Promise<Uint8Array | undefined> {
    try {
      return (await this.#reader.read()).value;
    } catch (error) {
      // It was taken away from the reader.
      if (this.#detached) return undefined;
      throw error;
    }
  }

  #until(come: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (come() || this.#detached) resolve();
      };
      this.#look();
    });
  }
}
