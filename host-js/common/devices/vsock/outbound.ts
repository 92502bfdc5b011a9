/*
 * What one connection has to send: a stream for its writer, from which the connection takes as much as the other side has room for. Small
 * writes are gathered while they wait, and are done at once; a write that finds no room there is done when all of it has gone into packets, so
 * a guest that does not read holds its writer.
 */

const GATHERED_BYTES = 16384;
const NOTHING = new Uint8Array(0);

export class Outbound {
  readonly stream: WritableStream<Uint8Array>;
  #controller!: WritableStreamDefaultController;
  /** Sent first: bytes from `#gatheredAt` to `#gatheredEnd`. */
  #gathered: Uint8Array = NOTHING;
  #gatheredAt = 0;
  #gatheredEnd = 0;
  /** Sent then, from `#at` on. */
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  #written: { resolve(): void; reject(error: Error): void } | undefined;
  #closed = false;

  /** `arrived` is told of bytes to send, `ended` that there will be no more, `aborted` that the connection is to be given up. */
  constructor(arrived: () => void, ended: () => void, aborted: () => void) {
    this.stream = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      write: (chunk) => {
        if (chunk.length === 0) return;
        if (this.#gather(chunk)) return arrived();
        this.#chunk = chunk;
        this.#at = 0;
        arrived();
        if (this.#chunk.length === this.#at) return;
        return new Promise<void>((resolve, reject) => {
          this.#written = { resolve, reject };
        });
      },
      close: () => {
        this.#closed = true;
        ended();
      },
      abort: () => {
        this.#closed = true;
        this.#settle();
        aborted();
      },
    });
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#gatheredEnd - this.#gatheredAt + this.#chunk.length - this.#at;
  }

  /** The next bytes, at most `most`; they are the caller's until the next turn. */
  take(most: number): Uint8Array {
    if (this.#gatheredAt < this.#gatheredEnd) {
      const end = Math.min(this.#gatheredEnd, this.#gatheredAt + most);
      const part = this.#gathered.subarray(this.#gatheredAt, end);
      this.#gatheredAt = end;
      return part;
    }
    const part = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += part.length;
    if (this.bytes === 0) this.#settle();
    return part;
  }

  /** Takes a copy of a small piece, if there is room. */
  #gather(chunk: Uint8Array): boolean {
    if (this.#gatheredAt === this.#gatheredEnd) this.#gatheredAt = this.#gatheredEnd = 0;
    if (this.#gatheredEnd + chunk.length > GATHERED_BYTES) return false;
    if (this.#gathered === NOTHING) this.#gathered = new Uint8Array(GATHERED_BYTES);
    this.#gathered.set(chunk, this.#gatheredEnd);
    this.#gatheredEnd += chunk.length;
    return true;
  }

  /** The other side takes no more. Nothing happens to a stream that has been closed. */
  fail(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#gathered = NOTHING;
    this.#gatheredAt = this.#gatheredEnd = 0;
    this.#settle(error);
    this.#controller.error(error);
  }

  #settle(error?: Error): void {
    const written = this.#written;
    this.#written = undefined;
    this.#chunk = NOTHING;
    this.#at = 0;
    if (error === undefined) written?.resolve();
    else written?.reject(error);
  }
}
