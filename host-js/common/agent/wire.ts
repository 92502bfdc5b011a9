/*
 * Frames between host and agent: kind u32, bytes u32, payload, little-endian. In a payload a string is its length with the zero byte that
 * ends it, then that.
 */

import { ColinuxError } from "../errors.js";
import { readU64, writeU64 } from "../memory.js";
import type { Duplex } from "../ports.js";
import { PROTOCOL } from "./protocol.js";

const { HEADER_BYTES, FRAME_BYTES_MAX } = PROTOCOL;

export interface Frame {
  readonly kind: number;
  readonly payload: Uint8Array;
}

/** Gathers the fields of a payload. */
export class Payload {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  u32(value: number): this {
    const part = new Uint8Array(4);
    new DataView(part.buffer).setUint32(0, value, true);
    return this.bytes(part);
  }

  u64(value: number): this {
    const part = new Uint8Array(8);
    writeU64(new DataView(part.buffer), 0, value);
    return this.bytes(part);
  }

  /** Throws `exec-argument` for a text with a zero byte. */
  string(text: string): this {
    if (text.includes("\0")) {
      throw new ColinuxError("exec-argument", `${JSON.stringify(text.slice(0, 80))} has a zero byte in it.`);
    }
    const encoded = new TextEncoder().encode(`${text}\0`);
    return this.u32(encoded.length).bytes(encoded);
  }

  bytes(part: Uint8Array): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }

  /** The frame with this payload. */
  frame(kind: number): Uint8Array {
    const bytes = new Uint8Array(HEADER_BYTES + this.#length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, kind, true);
    view.setUint32(4, this.#length, true);
    let at = HEADER_BYTES;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

/** Takes the fields of a payload. What is not there throws `agent-lost`: an agent that speaks so is none. */
export class Fields {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  u64(): number {
    return readU64(this.#view, this.#skip(8));
  }

  /** A signed 64-bit number, exact up to 2^53. */
  i64(): number {
    return Number(this.#view.getBigInt64(this.#skip(8), true));
  }

  string(): string {
    const bytes = this.u32();
    const at = this.#skip(bytes);
    return text(this.#bytes.subarray(at, at + Math.max(0, bytes - 1)));
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#skip(this.left));
  }

  #skip(bytes: number): number {
    const at = this.#at;
    if (bytes > this.left) throw nonsense();
    this.#at += bytes;
    return at;
  }
}

/** Names that are not UTF-8 come with U+FFFD where they are not. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** One frame after the other from a stream. */
export class FrameReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #buffer = new Uint8Array(0);

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next frame, undefined at the end. Rejects as the stream does, and with `agent-lost` for what is no frame. */
  async next(): Promise<Frame | undefined> {
    if (!(await this.#fill(HEADER_BYTES))) return undefined;
    const view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset);
    const kind = view.getUint32(0, true);
    const bytes = view.getUint32(4, true);
    if (bytes > FRAME_BYTES_MAX) throw nonsense();
    if (!(await this.#fill(HEADER_BYTES + bytes))) return undefined;
    const payload = this.#buffer.subarray(HEADER_BYTES, HEADER_BYTES + bytes);
    this.#buffer = this.#buffer.subarray(HEADER_BYTES + bytes);
    return { kind, payload };
  }

  async #fill(bytes: number): Promise<boolean> {
    while (this.#buffer.length < bytes) {
      const { done, value } = await this.#reader.read();
      if (done) return false;
      const joined = new Uint8Array(this.#buffer.length + value.length);
      joined.set(this.#buffer);
      joined.set(value, this.#buffer.length);
      this.#buffer = joined;
    }
    return true;
  }
}

/** Writes one frame. */
export async function send({ writable }: Duplex, frame: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  try {
    await writer.write(frame);
  } finally {
    writer.releaseLock();
  }
}

export function nonsense(): ColinuxError {
  return new ColinuxError("agent-lost", "The guest's agent says what its protocol does not know.");
}

export function lost(cause?: unknown): ColinuxError {
  return new ColinuxError("agent-lost", "The guest's agent went away, or the guest with it, before it answered.", {
    cause,
  });
}
