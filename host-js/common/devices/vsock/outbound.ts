/*
 * What one connection has to send: a stream for its writer, from which the connection takes as much as the other side has room for. A
 * write is done when all of it has gone into packets, so a guest that does not read holds its writer.
 */

export class Outbound {
  readonly stream: WritableStream<Uint8Array>;
  #controller!: WritableStreamDefaultController;
  #chunk = new Uint8Array(0);
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
        this.#chunk = chunk as Uint8Array<ArrayBuffer>;
        this.#at = 0;
        arrived();
        if (this.bytes === 0) return;
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
    return this.#chunk.length - this.#at;
  }

  /** The next bytes, at most `most`; they are the caller's until the next turn. */
  take(most: number): Uint8Array {
    const part = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += part.length;
    if (this.bytes === 0) this.#settle();
    return part;
  }

  /** The other side takes no more. Nothing happens to a stream that has been closed. */
  fail(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#settle(error);
    this.#controller.error(error);
  }

  #settle(error?: Error): void {
    const written = this.#written;
    this.#written = undefined;
    this.#chunk = new Uint8Array(0);
    this.#at = 0;
    if (error === undefined) written?.resolve();
    else written?.reject(error);
  }
}
