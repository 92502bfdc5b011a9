/*
 * The console's input stream: bytes on their way to the guest. Who they go to is decided by console.ts; here they wait. A write to the
 * stream is done when at most 64 KiB wait, so that a fast writer is held and a person at a keyboard never is.
 */

const INPUT_BYTES_MAX = 65536;

export class ConsoleInput {
  readonly stream: WritableStream<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  /** Position in the first chunk. */
  #offset = 0;
  #bytes = 0;
  #release: (() => void) | undefined;
  #closed = false;

  /** `arrived` is called when there is something new. */
  constructor(arrived: () => void) {
    this.stream = new WritableStream<Uint8Array>({
      write: (chunk) => {
        if (this.#closed || chunk.length === 0) return;
        this.#chunks.push(chunk.slice());
        this.#bytes += chunk.length;
        arrived();
        if (this.#bytes <= INPUT_BYTES_MAX) return;
        return new Promise<void>((resolve) => {
          this.#release = resolve;
        });
      },
    });
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  /** The next byte. Only when not empty. */
  peek(): number {
    return this.#chunks[0]![this.#offset]!;
  }

  /** Drops the next byte. Only when not empty. */
  skip(): void {
    this.#offset++;
    this.#consumed(1);
  }

  /** Moves as many bytes as there are into the buffer and returns how many. */
  take(into: Uint8Array): number {
    let taken = 0;
    while (taken < into.length && this.#bytes > 0) {
      const part = this.#chunks[0]!.subarray(this.#offset, this.#offset + into.length - taken);
      into.set(part, taken);
      taken += part.length;
      this.#offset += part.length;
      this.#consumed(part.length);
    }
    return taken;
  }

  /** Nobody will read any more: what waits and what comes is dropped, writers are not held. */
  close(): void {
    this.#closed = true;
    this.#chunks.length = 0;
    this.#bytes = 0;
    this.#released();
  }

  #consumed(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#offset === this.#chunks[0]!.length) {
      this.#chunks.shift();
      this.#offset = 0;
    }
    if (this.#bytes <= INPUT_BYTES_MAX) this.#released();
  }

  #released(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
