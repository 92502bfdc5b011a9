/*
 * The console's output stream. Guest text is collected in a buffer while the guest runs and handed to the stream in one piece per turn of
 * the event loop. When as much waits as the stream holds, `full` says so and the machine rests until someone reads: nothing is lost, and
 * a reader that never comes costs bounded memory.
 */

import { Deferred } from "../deferred.js";

/** What waits for the reader before the guest is held. */
export const OUTPUT_BYTES_MAX = 1 << 20;
const CHUNK_BYTES = 16384;

export class ConsoleOutput {
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #chunk = new Uint8Array(CHUNK_BYTES);
  #used = 0;
  #closed = false;
  readonly #onRoom: (() => void)[] = [];
  #wait: Deferred | undefined;

  readonly #heard: (bytes: Uint8Array) => void;

  /** `heard` is called with all that is written, read or not. */
  constructor(heard: (bytes: Uint8Array) => void) {
    this.#heard = heard;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#hasRoom(),
        cancel: () => {
          // Nobody will read any more: the guest talks on to nobody.
          this.#closed = true;
          this.#hasRoom();
        },
      },
      { highWaterMark: OUTPUT_BYTES_MAX, size: (chunk) => chunk.byteLength },
    );
  }

  /** Takes a copy of `bytes`, even when full. */
  write(bytes: Uint8Array): void {
    this.#heard(bytes);
    if (this.#closed) return;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + CHUNK_BYTES - this.#used);
      this.#chunk.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === CHUNK_BYTES) this.flush();
    }
  }

  /** Hands what was collected to the reader. */
  flush(): void {
    if (this.#closed || this.#used === 0) return;
    this.#controller.enqueue(this.#chunk.slice(0, this.#used));
    this.#used = 0;
  }

  get full(): boolean {
    return !this.#closed && (this.#controller.desiredSize ?? 0) <= 0;
  }

  /** Resolves when there is room again. */
  room(): Promise<void> {
    if (!this.full) return Promise.resolve();
    this.#wait ??= new Deferred();
    return this.#wait.promise;
  }

  /** Calls `action` whenever room has come back. */
  onRoom(action: () => void): void {
    this.#onRoom.push(action);
  }

  /** Ends the stream after what was written. */
  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.#controller.close();
    this.#hasRoom();
  }

  #hasRoom(): void {
    const wait = this.#wait;
    if (wait === undefined) return;
    this.#wait = undefined;
    wait.resolve();
    for (const action of this.#onRoom) action();
  }
}
