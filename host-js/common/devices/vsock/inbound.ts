/*
 * What one connection has received and nobody has read yet, and the stream from which it is read. Small packets are gathered, so that what
 * waits takes about as much memory as it has bytes. How many bytes may wait is the connection's affair (credit, connection.ts).
 */

const GATHERED_BYTES = 16384;

export class Inbound {
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly #taken: (bytes: number) => void;
  readonly #pieces: Uint8Array[] = [];
  /** Behind the pieces; made when it is needed. */
  #gathered: Uint8Array | undefined;
  #gatheredBytes = 0;
  #bytes = 0;
  /** A reader waits for bytes that have not come. */
  #hungry = false;
  #ended = false;
  #closed = false;

  /** `taken` is told how many bytes a reader took or will never take, `cancelled` that nobody will read any more. */
  constructor(taken: (bytes: number) => void, cancelled: () => void) {
    this.#taken = taken;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#hungry = true;
          this.#give();
        },
        cancel: () => {
          const unread = this.#bytes;
          this.#drop();
          taken(unread);
          cancelled();
        },
      },
      // Nothing is handed over before it is asked for: then it has been read.
      { highWaterMark: 0 },
    );
  }

  /** Takes a copy. */
  add(bytes: Uint8Array): void {
    if (this.#closed || this.#ended || bytes.length === 0) return;
    this.#bytes += bytes.length;
    if (this.#gatheredBytes + bytes.length > GATHERED_BYTES) this.#cut();
    if (bytes.length >= GATHERED_BYTES) {
      this.#pieces.push(bytes.slice());
    } else {
      this.#gathered ??= new Uint8Array(GATHERED_BYTES);
      this.#gathered.set(bytes, this.#gatheredBytes);
      this.#gatheredBytes += bytes.length;
    }
    if (this.#hungry) this.#give();
  }

  /** The other side will send no more; what waits can still be read. */
  end(): void {
    this.#ended = true;
    if (this.#hungry) this.#give();
  }

  /** The connection broke; what waits is lost. Nothing happens to a stream that has had its end. */
  fail(error: Error): void {
    if (this.#closed || this.#ended) return;
    this.#drop();
    this.#controller.error(error);
  }

  #give(): void {
    if (this.#closed) return;
    if (this.#pieces.length === 0) this.#cut();
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#hungry = false;
      this.#bytes -= piece.length;
      this.#taken(piece.length);
      this.#controller.enqueue(piece);
    } else if (this.#ended) {
      this.#drop();
      this.#controller.close();
    }
  }

  #cut(): void {
    if (this.#gatheredBytes === 0) return;
    this.#pieces.push(this.#gathered!.slice(0, this.#gatheredBytes));
    this.#gatheredBytes = 0;
  }

  #drop(): void {
    this.#closed = true;
    this.#bytes = 0;
    this.#pieces.length = 0;
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
  }
}
