/*
 * The Storage port over a disk image on a server, which is only read: chunks of 128 KiB (docs/RATIONALE.md), of which those used last are kept in memory.
 *
 *     read -> chunks in memory                 at once
 *          -> chunks on their way              waits for them
 *          -> one request for those in a row   (http-range.ts); longer ones, ahead of the guest, while it reads one after the other
 */

import { Deferred } from "../common/deferred.js";
import { ColinuxError, type Storage } from "../common/index.js";
import { HttpFile, type HttpOptions } from "./http-range.js";

const CHUNK_BYTES = 128 << 10;
const CACHE_BYTES = 32 << 20;
/** Most chunks that one request asks for beyond what the guest did: 2 MiB. */
const AHEAD_MAX = 16;
const SECTOR_BYTES = 512;

export interface HttpStorageOptions extends HttpOptions {
  /** Most memory for chunks. Default 32 MiB. */
  readonly cacheBytes?: number;
}

export class HttpStorage implements Storage {
  readonly readOnly = true;
  /** By number, the one used last at the end. */
  private readonly chunks = new Map<number, Uint8Array>();
  private readonly coming = new Map<number, Deferred<Uint8Array>>();
  /** Where the latest request ends, and how far it went. */
  private next = 1;
  private ahead = 1;

  private constructor(
    private readonly file: HttpFile,
    private readonly chunksMax: number,
  ) {
    this.keep(0, file.beginning);
  }

  /**
   * Looks for the image at `address`. Rejects with ColinuxError: `image-unreachable`, `image-no-ranges`, and `disk-size` when its size is no
   * multiple of 512. A read waits while the network is away; it rejects with `image-unreachable` when the server refuses, and with `image-changed`.
   */
  static async open(address: string, options: HttpStorageOptions = {}): Promise<HttpStorage> {
    const file = await HttpFile.open(address, CHUNK_BYTES, options);
    if (file.bytes % SECTOR_BYTES !== 0 || file.bytes === 0)
      throw new ColinuxError(
        "disk-size",
        `${address} has ${file.bytes} bytes, which is not a whole number of sectors of ${SECTOR_BYTES}; expected a disk image, not compressed.`,
      );
    const { cacheBytes = CACHE_BYTES } = options;
    return new HttpStorage(file, Math.max(1, Math.floor(cacheBytes / CHUNK_BYTES)));
  }

  get bytes(): number {
    return this.file.bytes;
  }

  /** When the image was made, in milliseconds since 1970; 0 where the server does not say. */
  get modified(): number {
    return this.file.modified;
  }

  read(offset: number, into: Uint8Array): void | Promise<void> {
    const waits: Promise<void>[] = [];
    const end = offset + into.length;
    const lastChunk = Math.floor((end - 1) / CHUNK_BYTES);
    for (let chunk = Math.floor(offset / CHUNK_BYTES); chunk <= lastChunk; chunk++) {
      const begin = chunk * CHUNK_BYTES;
      const from = Math.max(offset, begin);
      const copy = (bytes: Uint8Array): void => {
        into.set(bytes.subarray(from - begin, Math.min(end - begin, CHUNK_BYTES)), from - offset);
      };
      const there = this.find(chunk);
      if (there !== undefined) copy(there);
      else waits.push(this.comingChunk(chunk, lastChunk).then(copy));
    }
    // All have ended when the result is there, so that none touches the buffer later.
    if (waits.length > 0) return allOf(waits);
  }

  write(): Promise<void> {
    return Promise.reject(new Error(`${this.file.address} cannot be written.`));
  }

  flush(): void {}

  abandon(): void {
    this.file.abandon();
  }

  close(): void {
    this.file.abandon();
  }

  private find(chunk: number): Uint8Array | undefined {
    const bytes = this.chunks.get(chunk);
    if (bytes === undefined) return undefined;
    this.chunks.delete(chunk);
    this.chunks.set(chunk, bytes);
    return bytes;
  }

  private keep(chunk: number, bytes: Uint8Array): void {
    this.chunks.set(chunk, bytes);
    if (this.chunks.size <= this.chunksMax) return;
    const [oldest] = this.chunks.keys();
    this.chunks.delete(oldest!);
  }

  private comingChunk(chunk: number, lastWanted: number): Promise<Uint8Array> {
    if (!this.coming.has(chunk)) this.request(chunk, lastWanted);
    return this.coming.get(chunk)!.promise;
  }

  /** Asks for the chunks from `first` on that are not there: those wanted, and more when the former request ended where this begins. */
  private request(first: number, lastWanted: number): void {
    this.ahead = first === this.next ? Math.min(this.ahead * 2, AHEAD_MAX) : 1;
    const stop = Math.min(Math.max(lastWanted + 1, first + this.ahead), Math.ceil(this.bytes / CHUNK_BYTES));
    let end = first;
    while (end < stop && !this.coming.has(end) && !this.chunks.has(end)) {
      const arriving = new Deferred<Uint8Array>();
      // Nobody may wait for what was asked for ahead.
      arriving.promise.catch(() => undefined);
      this.coming.set(end++, arriving);
    }
    this.next = end;
    void this.receive(first, end);
  }

  private async receive(first: number, end: number): Promise<void> {
    let chunk = first;
    let buffer = this.emptyChunk(chunk);
    let filled = 0;
    const take = (part: Uint8Array): void => {
      for (let at = 0; at < part.length; ) {
        const bytes = part.subarray(at, at + buffer.length - filled);
        buffer.set(bytes, filled);
        filled += bytes.length;
        at += bytes.length;
        if (filled < buffer.length) continue;
        this.arrived(chunk++, buffer);
        buffer = this.emptyChunk(chunk);
        filled = 0;
      }
    };
    try {
      await this.file.read(first * CHUNK_BYTES, Math.min(end * CHUNK_BYTES, this.bytes), take);
    } catch (error) {
      for (; chunk < end; chunk++) {
        this.coming.get(chunk)!.reject(error);
        this.coming.delete(chunk);
      }
    }
  }

  private arrived(chunk: number, bytes: Uint8Array): void {
    this.keep(chunk, bytes);
    this.coming.get(chunk)!.resolve(bytes);
    this.coming.delete(chunk);
  }

  private emptyChunk(chunk: number): Uint8Array {
    return new Uint8Array(Math.max(0, Math.min(CHUNK_BYTES, this.bytes - chunk * CHUNK_BYTES)));
  }
}

async function allOf(waits: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(waits)) if (result.status === "rejected") throw result.reason;
}
