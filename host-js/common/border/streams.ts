/*
 * Streams across the border: each pair of them has a number on which both threads agree.
 *
 *     one thread                                the other
 *      writable -- data (bytes) ---------------> readable        the answer to `data` comes when the bytes were read: at most
 *               -- end, abort (error) --------->                  CREDIT_BYTES of a stream are on their way without one
 *               <-------------- cancel (error) --                 nobody reads any more
 *      reset    -- reset ---------------------->                  both directions are given up
 *
 * What a thread has it joins to the border, what it wants from the other it opens there; both sides of this file are the same.
 */

import { ColinuxError } from "../errors.js";
import type { Duplex } from "../ports.js";
import { Credit } from "./credit.js";
import { packError, type SentError } from "./errors.js";

/** What a sender may have on its way, in bytes, for each direction of each stream. */
export const CREDIT_BYTES = 256 << 10;

/** What each thread answers to. */
export interface StreamFunctions {
  data(stream: number, bytes: Uint8Array): Promise<void>;
  end(stream: number): void;
  abort(stream: number, error: SentError): void;
  cancel(stream: number, error: SentError): void;
  reset(stream: number): void;
}

/** How to call those of the other thread. */
export interface FarStreams {
  data(stream: number, bytes: Uint8Array): Promise<void>;
  say(what: "end" | "reset", stream: number): void;
  say(what: "abort" | "cancel", stream: number, error: SentError): void;
}

export class BorderStreams {
  readonly functions: StreamFunctions;
  readonly #far: FarStreams;
  readonly #open = new Map<number, FarDuplex>();

  constructor(far: FarStreams, unpack: (error: SentError) => Error) {
    this.#far = far;
    this.functions = {
      data: async (stream, bytes) => this.#open.get(stream)?.take(bytes),
      end: (stream) => this.#open.get(stream)?.end(),
      abort: (stream, error) => this.#open.get(stream)?.failReading(unpack(error)),
      cancel: (stream, error) => this.#open.get(stream)?.failWriting(unpack(error)),
      reset: (stream) => this.#open.get(stream)?.onReset(),
    };
  }

  /** The streams of that number as the other thread has them. */
  open(stream: number): FarDuplex {
    const duplex = new FarDuplex(stream, this.#far, () => this.#open.delete(stream));
    this.#open.set(stream, duplex);
    return duplex;
  }

  /** Gives these streams to the other thread, which opens their number. */
  join(stream: number, near: Pick<Duplex, "readable" | "writable"> & Partial<Duplex>): Joined {
    const far = this.open(stream);
    far.onReset = () => near.reset?.();
    // Errors go the same ways as bytes, in both directions; there is nobody else to hear of them.
    void far.readable.pipeTo(near.writable).catch(() => undefined);
    const sent = near.readable.pipeTo(far.writable).catch(() => undefined);
    return { sent, hurry: () => far.hurry() };
  }

  /** The other thread is gone, or has no more to say. */
  breakAll(error: Error): void {
    for (const duplex of [...this.#open.values()]) {
      duplex.failReading(error);
      duplex.failWriting(error);
    }
  }
}

/** Streams that were given to the other thread. */
export interface Joined {
  /** Everything from here was sent. Never rejects. */
  readonly sent: Promise<void>;
  /** Sends without waiting for a reader from now on. */
  hurry(): void;
}

interface Arrived {
  readonly bytes: Uint8Array;
  /** They were read, or never will be. */
  done(): void;
}

/** A pair of streams whose other ends are in the other thread. */
export class FarDuplex implements Duplex {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** The other thread gives both directions up. */
  onReset: () => void = () => undefined;
  readonly #stream: number;
  readonly #far: FarStreams;
  readonly #closed: () => void;
  readonly #credit = new Credit(CREDIT_BYTES);
  readonly #arrived: Arrived[] = [];
  #reader!: ReadableStreamDefaultController<Uint8Array>;
  #writer!: WritableStreamDefaultController;
  /** Behind all that has arrived. */
  #ending: { readonly error?: Error } | undefined;
  #pulled: (() => void) | undefined;
  #reading = true;
  #writing = true;

  constructor(stream: number, far: FarStreams, closed: () => void) {
    this.#stream = stream;
    this.#far = far;
    this.#closed = closed;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#reader = controller;
        },
        pull: () =>
          new Promise<void>((pulled) => {
            this.#pulled = pulled;
            this.#give();
          }),
        cancel: (reason) => {
          this.#stopReading();
          far.say("cancel", stream, packError(reason));
        },
      },
      // Nothing is handed over before it is asked for: then it has been read.
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#writer = controller;
      },
      write: (bytes) => this.#send(bytes),
      close: () => {
        this.#stopWriting();
        far.say("end", stream);
      },
      abort: (reason) => {
        this.#stopWriting();
        far.say("abort", stream, packError(reason));
      },
    });
  }

  reset(): void {
    if (!this.#reading && !this.#writing) return;
    this.#far.say("reset", this.#stream);
    const error = new ColinuxError("connection-reset", "The connection was reset by this side.");
    // What came and was not read is given up, too.
    for (const { done } of this.#arrived.splice(0)) done();
    this.failReading(error);
    this.failWriting(error);
  }

  /** There is nobody at the other end: nothing is said to them. */
  forget(): void {
    this.#reading = this.#writing = false;
    this.#closed();
  }

  /** Bytes that came; done when they were read. */
  take(bytes: Uint8Array): Promise<void> | undefined {
    if (!this.#reading) return undefined;
    return new Promise((done) => {
      this.#arrived.push({ bytes, done });
      this.#give();
    });
  }

  /** No more will come. */
  end(): void {
    this.#ending ??= {};
    this.#give();
  }

  /** What came can still be read, and the error behind it. */
  failReading(error: Error): void {
    this.#ending ??= { error };
    this.#give();
  }

  failWriting(error: Error): void {
    if (!this.#writing) return;
    this.#stopWriting();
    this.#writer.error(error);
  }

  hurry(): void {
    this.#credit.giveBack(Number.POSITIVE_INFINITY);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    // A clone of a part would take all of its buffer with it, which may be the guest's RAM.
    const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    const back = (): void => this.#credit.giveBack(bytes.length);
    this.#far.data(this.#stream, whole).then(back, back);
    await this.#credit.spend(bytes.length);
  }

  #give(): void {
    if (!this.#reading) return;
    if (this.#pulled !== undefined && this.#arrived.length > 0) {
      const { bytes, done } = this.#arrived.shift()!;
      this.#reader.enqueue(bytes);
      done();
      this.#wasPulled();
    }
    if (this.#arrived.length > 0 || this.#ending === undefined) return;
    this.#stopReading();
    if (this.#ending.error === undefined) this.#reader.close();
    else this.#reader.error(this.#ending.error);
  }

  #wasPulled(): void {
    this.#pulled?.();
    this.#pulled = undefined;
  }

  #stopReading(): void {
    this.#reading = false;
    for (const { done } of this.#arrived.splice(0)) done();
    this.#wasPulled();
    if (!this.#writing) this.#closed();
  }

  #stopWriting(): void {
    this.#writing = false;
    // A write that waits for credit waits in vain.
    this.#credit.giveBack(Number.POSITIVE_INFINITY);
    if (!this.#reading) this.#closed();
  }
}
