/*
 * The block device [virtio 5.2]: a guest's cobdN on a Storage. Data moves straight between the storage and guest RAM. A request is
 * answered at once when the storage does, and otherwise in whatever order the storage finishes. Discard and write-zeroes are the storage's
 * if it has them; otherwise discard changes nothing and write-zeroes writes zeroes. A storage that fails gives the guest an I/O error and the user one message for each kind of
 * failure, told apart by the error's `code`.
 *
 *     request  type u32 | reserved u32 | sector u64 | data ... | status u8 (written by the device)
 */

import { Deferred } from "../deferred.js";
import { messageOf } from "../errors.js";
import type { GuestMemory } from "../memory.js";
import { readU64 } from "../memory.js";
import type { Storage } from "../ports.js";
import type { Backend } from "./backend.js";
import { type Buffer, type Chain, join, slice } from "./chain.js";
import type { Slot } from "./slot.js";

export const SECTOR_BYTES = 512;

const VIRTIO_BLK_F_SEG_MAX = 2;
const VIRTIO_BLK_F_RO = 5;
const VIRTIO_BLK_F_BLK_SIZE = 6;
const VIRTIO_BLK_F_FLUSH = 9;
const VIRTIO_BLK_F_TOPOLOGY = 10;
const VIRTIO_BLK_F_DISCARD = 13;
const VIRTIO_BLK_F_WRITE_ZEROES = 14;

const VIRTIO_BLK_T_IN = 0;
const VIRTIO_BLK_T_OUT = 1;
const VIRTIO_BLK_T_FLUSH = 4;
const VIRTIO_BLK_T_GET_ID = 8;
const VIRTIO_BLK_T_DISCARD = 11;
const VIRTIO_BLK_T_WRITE_ZEROES = 13;

const VIRTIO_BLK_S_OK = 0;
const VIRTIO_BLK_S_IOERR = 1;
const VIRTIO_BLK_S_UNSUPP = 2;

const VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP = 1;

const QUEUE_SIZE = 256;
const HEADER_BYTES = 16;
const ID_BYTES = 20;
/** Most sectors and ranges of one discard or write-zeroes request. */
const RANGE_SECTORS_MAX = 0x0040_0000;
const RANGES_MAX = 32;
const RANGE_BYTES = 16;
/** Large enough that a storage writes it while the event loop turns. */
const ZEROES = new Uint8Array(2 ** 20);

export class BlockBackend implements Backend {
  readonly deviceId = 2;
  readonly features: readonly number[];
  readonly queueSizes = [QUEUE_SIZE];
  readonly config: Uint8Array;
  readonly #storage: Storage;
  readonly #name: string;
  readonly #report: (message: string) => void;
  #slot!: Slot;
  #inFlight = 0;
  #drained: Deferred | undefined;
  /** The failures that the user knows of. */
  readonly #reported = new Set<string>();

  /** `name` is what the guest reads as the disk's serial, up to 20 bytes; `report` is told once of each way in which the storage fails. */
  constructor(storage: Storage, name: string, report: (message: string) => void) {
    this.#storage = storage;
    this.#name = name;
    this.#report = report;
    const writable = [VIRTIO_BLK_F_DISCARD, VIRTIO_BLK_F_WRITE_ZEROES];
    this.features = [
      VIRTIO_BLK_F_SEG_MAX,
      VIRTIO_BLK_F_BLK_SIZE,
      VIRTIO_BLK_F_FLUSH,
      VIRTIO_BLK_F_TOPOLOGY,
      ...(storage.readOnly ? [VIRTIO_BLK_F_RO] : writable),
    ];
    this.config = configuration(Math.floor(storage.bytes / SECTOR_BYTES));
  }

  attach(slot: Slot): void {
    this.#slot = slot;
  }

  notify(queue: number): void {
    this.#slot.serve(queue, (chain) => this.#answer(chain));
  }

  /** Waits for the requests in flight: the storage may still be filling guest RAM for them. */
  reset(): void | Promise<void> {
    if (this.#inFlight === 0) return;
    this.#drained ??= new Deferred();
    this.#storage.abandon?.();
    return this.#drained.promise;
  }

  /** Carries one request out and returns how many bytes of guest RAM were written. */
  #answer(chain: Chain): number | Promise<number> {
    const { memory } = this.#slot;
    // Nowhere to put a status: nothing can be said about this request.
    if (chain.writableBytes === 0) return 0;
    const dataBytes = chain.writableBytes - 1;
    const [statusByte] = slice(chain.writable, dataBytes, 1);
    const finish = (status: number): number => {
      memory.fill(statusByte!.pa, 1, status);
      return chain.writableBytes;
    };

    let result: number | Promise<number>;
    try {
      result = this.#carryOut(chain, dataBytes);
    } catch (error) {
      return finish(this.#failed(error));
    }
    if (typeof result === "number") return finish(result);

    this.#inFlight++;
    return result
      .catch((error: unknown) => (chain.epoch === this.#slot.epoch ? this.#failed(error) : VIRTIO_BLK_S_IOERR))
      .then((status) => {
        this.#inFlight--;
        if (this.#inFlight === 0) {
          this.#drained?.resolve();
          this.#drained = undefined;
        }
        return chain.epoch === this.#slot.epoch ? finish(status) : 0;
      });
  }

  /** Returns the status, or throws or rejects when the storage fails. */
  #carryOut(chain: Chain, dataBytes: number): number | Promise<number> {
    const { memory } = this.#slot;
    if (chain.readableBytes < HEADER_BYTES) return VIRTIO_BLK_S_IOERR;
    const header = gather(memory, slice(chain.readable, 0, HEADER_BYTES));
    const offset = readU64(header, 8) * SECTOR_BYTES;
    const payload = slice(chain.readable, HEADER_BYTES, chain.readableBytes - HEADER_BYTES);

    switch (header.getUint32(0, true)) {
      case VIRTIO_BLK_T_IN:
        return this.#read(offset, dataBytes, join(slice(chain.writable, 0, dataBytes)));
      case VIRTIO_BLK_T_OUT:
        return this.#lasting(this.#write(offset, chain.readableBytes - HEADER_BYTES, join(payload)));
      case VIRTIO_BLK_T_FLUSH:
        return ok(this.#storage.flush());
      case VIRTIO_BLK_T_GET_ID:
        return this.#identify(slice(chain.writable, 0, Math.min(dataBytes, ID_BYTES)));
      case VIRTIO_BLK_T_DISCARD:
        return this.#discard(gather(memory, payload));
      case VIRTIO_BLK_T_WRITE_ZEROES:
        return this.#lasting(this.#writeZeroes(gather(memory, payload)));
      default:
        return VIRTIO_BLK_S_UNSUPP;
    }
  }

  #read(offset: number, bytes: number, into: readonly Buffer[]): number | Promise<number> {
    if (!this.#contains(offset, bytes)) return VIRTIO_BLK_S_IOERR;
    const { memory } = this.#slot;
    return this.#transfer(offset, into, (at, { pa, bytes }) => {
      const done = this.#storage.read(at, memory.ramView(pa, bytes));
      if (done === undefined) return memory.wrote(pa, bytes);
      // Also after a failure: part of the buffer may have been filled.
      return done.finally(() => memory.wrote(pa, bytes));
    });
  }

  #write(offset: number, bytes: number, from: readonly Buffer[]): number | Promise<number> {
    if (this.#storage.readOnly || !this.#contains(offset, bytes)) return VIRTIO_BLK_S_IOERR;
    const { memory } = this.#slot;
    return this.#transfer(offset, from, (at, { pa, bytes }) => this.#storage.write(at, memory.ramView(pa, bytes)));
  }

  /** A driver that knows no flush is promised that what is written is safe [virtio 5.2.6.2]. */
  #lasting(written: number | Promise<number>): number | Promise<number> {
    if (this.#slot.accepted(VIRTIO_BLK_F_FLUSH)) return written;
    const flushed = (status: number) => (status === VIRTIO_BLK_S_OK ? ok(this.#storage.flush()) : status);
    return typeof written === "number" ? flushed(written) : written.then(flushed);
  }

  /** Starts one storage call per buffer. All have ended when the result is there, so that none touches RAM later. */
  #transfer(
    offset: number,
    buffers: readonly Buffer[],
    start: (offset: number, buffer: Buffer) => void | Promise<void>,
  ): number | Promise<number> {
    const pending: Promise<void>[] = [];
    let at = offset;
    for (const buffer of buffers) {
      try {
        const done = start(at, buffer);
        if (done !== undefined) pending.push(done);
      } catch (error) {
        pending.push(Promise.reject(error));
        break;
      }
      at += buffer.bytes;
    }
    if (pending.length === 0) return VIRTIO_BLK_S_OK;
    return Promise.allSettled(pending).then((results) => {
      for (const result of results) if (result.status === "rejected") throw result.reason;
      return VIRTIO_BLK_S_OK;
    });
  }

  #identify(into: readonly Buffer[]): number {
    const id = new Uint8Array(ID_BYTES);
    id.set(new TextEncoder().encode(this.#name).subarray(0, ID_BYTES));
    let at = 0;
    for (const { pa, bytes } of into) {
      this.#slot.memory.write(pa, id.subarray(at, at + bytes));
      at += bytes;
    }
    return VIRTIO_BLK_S_OK;
  }

  #discard(ranges: DataView): number | Promise<number> {
    if (this.#storage.readOnly || !this.#validRanges(ranges)) return VIRTIO_BLK_S_IOERR;
    // [virtio 5.2.6.2]: the unmap flag is for write-zeroes only.
    for (let at = 0; at < ranges.byteLength; at += RANGE_BYTES) {
      if (ranges.getUint32(at + 12, true) !== 0) return VIRTIO_BLK_S_UNSUPP;
    }
    if (this.#storage.discard === undefined) return VIRTIO_BLK_S_OK;
    return this.#forget(ranges);
  }

  async #forget(ranges: DataView): Promise<number> {
    for (const { offset, bytes } of rangesOf(ranges)) await this.#storage.discard?.(offset, bytes);
    return VIRTIO_BLK_S_OK;
  }

  #writeZeroes(ranges: DataView): number | Promise<number> {
    if (this.#storage.readOnly || !this.#validRanges(ranges)) return VIRTIO_BLK_S_IOERR;
    for (let at = 0; at < ranges.byteLength; at += RANGE_BYTES) {
      if ((ranges.getUint32(at + 12, true) & ~VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP) !== 0) return VIRTIO_BLK_S_UNSUPP;
    }
    return this.#zero(ranges);
  }

  async #zero(ranges: DataView): Promise<number> {
    for (const { offset, bytes } of rangesOf(ranges)) {
      if (this.#storage.writeZeroes === undefined) await this.#fill(offset, offset + bytes);
      else await this.#storage.writeZeroes(offset, bytes);
    }
    return VIRTIO_BLK_S_OK;
  }

  async #fill(from: number, end: number): Promise<void> {
    for (let offset = from; offset < end; offset += ZEROES.length) {
      await this.#storage.write(offset, ZEROES.subarray(0, Math.min(end - offset, ZEROES.length)));
    }
  }

  #validRanges(ranges: DataView): boolean {
    if (ranges.byteLength === 0 || ranges.byteLength % RANGE_BYTES !== 0) return false;
    if (ranges.byteLength > RANGES_MAX * RANGE_BYTES) return false;
    for (let at = 0; at < ranges.byteLength; at += RANGE_BYTES) {
      const sectors = ranges.getUint32(at + 8, true);
      if (sectors > RANGE_SECTORS_MAX) return false;
      if (!this.#contains(readU64(ranges, at) * SECTOR_BYTES, sectors * SECTOR_BYTES)) return false;
    }
    return true;
  }

  /** Whether the range is whole sectors of the disk. */
  #contains(offset: number, bytes: number): boolean {
    return (
      bytes % SECTOR_BYTES === 0 && offset + bytes <= Math.floor(this.#storage.bytes / SECTOR_BYTES) * SECTOR_BYTES
    );
  }

  /** A full host fails every write, and that is said once; when the storage fails in another way, too, so is that. */
  #failed(error: unknown): number {
    const kind = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!this.#reported.has(kind)) {
      this.#reported.add(kind);
      this.#report(`${this.#name}: the guest got an I/O error: ${messageOf(error)}`);
    }
    return VIRTIO_BLK_S_IOERR;
  }
}

function ok(done: void | Promise<void>): number | Promise<number> {
  return done === undefined ? VIRTIO_BLK_S_OK : done.then(() => VIRTIO_BLK_S_OK);
}

/** The ranges of a discard or write-zeroes request, in bytes. */
function* rangesOf(ranges: DataView): Generator<{ readonly offset: number; readonly bytes: number }> {
  for (let at = 0; at < ranges.byteLength; at += RANGE_BYTES) {
    yield { offset: readU64(ranges, at) * SECTOR_BYTES, bytes: ranges.getUint32(at + 8, true) * SECTOR_BYTES };
  }
}

/** A copy of small buffers in one piece. */
function gather(memory: GuestMemory, buffers: readonly Buffer[]): DataView {
  const bytes = new Uint8Array(buffers.reduce((sum, buffer) => sum + buffer.bytes, 0));
  let at = 0;
  for (const { pa, bytes: length } of buffers) {
    bytes.set(memory.ramView(pa, length), at);
    at += length;
  }
  return new DataView(bytes.buffer);
}

/** struct virtio_blk_config [virtio 5.2.4]. */
function configuration(sectors: number): Uint8Array {
  const config = new Uint8Array(60);
  const view = new DataView(config.buffer);
  view.setBigUint64(0, BigInt(sectors), true); // capacity
  view.setUint32(12, QUEUE_SIZE - 2, true); // seg_max
  view.setUint32(20, SECTOR_BYTES, true); // blk_size
  view.setUint8(24, 3); // physical_block_exp: 4 KiB
  view.setUint16(26, 8, true); // min_io_size in blocks
  view.setUint32(36, RANGE_SECTORS_MAX, true); // max_discard_sectors
  view.setUint32(40, RANGES_MAX, true); // max_discard_seg
  view.setUint32(44, 8, true); // discard_sector_alignment
  view.setUint32(48, RANGE_SECTORS_MAX, true); // max_write_zeroes_sectors
  view.setUint32(52, RANGES_MAX, true); // max_write_zeroes_seg
  view.setUint8(56, 0); // write_zeroes_may_unmap
  return config;
}
