/*
 * A disk that differs from its base in what lies in another file: copy on write, in blocks of 4 KiB.
 *
 *     read    base | overlay file | zeroes, block by block as the map says
 *     write   data into the cluster's place; then, in memory, the block's bit in the map
 *     flush   data safe, map pages written, map safe
 *
 * That order is what makes it safe: at no moment does the map in the file name data that is not safe in the file, and what a write changes
 * in place belongs to blocks that the guest wrote before. So whatever unflushed writes a power failure takes, every sector holds what was
 * flushed last, or what was written there since. The file is the only state: memory has a copy of some map pages and one bit for each place.
 */

import type { GrowingStorage, Storage } from "../ports.js";
import { baseChanged, type OverlayNames, UNNAMED, wrongSize } from "./failure.js";
import { fingerprint, SPREAD_BLOCKS } from "./fingerprint.js";
import { type OverlayHeader, readHeader, refuseUnfinished, writeHeader } from "./header.js";
import { ALL_BLOCKS, BLOCK_BYTES, BLOCKS_PER_CLUSTER, CLUSTER_BYTES, dataStart } from "./layout.js";
import { ClusterMap } from "./map.js";
import { MapPage } from "./map-page.js";
import type { Places } from "./places.js";
import { RangeOrder } from "./range-order.js";
import { takenPlaces } from "./scan.js";
import { run, type Steps } from "./steps.js";

/** Bytes in a row that come from the same source: `from` is the offset there. */
interface Run {
  readonly source: "base" | "top" | "zero";
  readonly from: number;
  bytes: number;
}

/** How the base is to be found again and warned about; both may be left out where the base is always named. */
export interface BaseOrigin {
  /** Where it lay when the overlay was made. */
  readonly path?: string;
  /** Milliseconds since 1970. */
  readonly modified?: number;
  /** Blocks between its ends by which it is known again, each at a place of its own. Default 256. */
  readonly spread?: number;
}

/** Makes an empty overlay for `base` in the empty file `top`. It is safe when the result is there. Rejects when the medium fails. */
export async function createOverlay(base: Storage, top: GrowingStorage, origin: BaseOrigin = {}): Promise<void> {
  const { spread = SPREAD_BLOCKS } = origin;
  await writeHeader(top, {
    baseBytes: base.bytes,
    fingerprint: await fingerprint(base, spread),
    spread,
    state: "in use",
    baseModified: origin.modified ?? 0,
    basePath: origin.path ?? "",
  });
}

export class OverlayStorage implements Storage {
  readonly bytes: number;
  /** Whether the overlay's file may not be written. */
  readonly readOnly: boolean;
  private readonly map: ClusterMap;
  private readonly order = new RangeOrder();
  private readonly dataStart: number;
  /** The flush that has not begun, and the one that has. */
  private waiting: Promise<void> | undefined;
  private latest: Promise<void> = Promise.resolve();

  private constructor(
    private readonly base: Storage,
    private readonly top: GrowingStorage,
    private readonly places: Places,
  ) {
    this.bytes = base.bytes;
    this.readOnly = top.readOnly;
    this.map = new ClusterMap(top);
    this.dataStart = dataStart(base.bytes);
  }

  /**
   * Opens the overlay in `top` over `base`, which is only read and must not change meanwhile. Both belong to the overlay from then on and
   * are closed with it; when this rejects they are the caller's. Rejects with ColinuxError: `overlay-kind`, `overlay-version`,
   * `overlay-damaged`, `overlay-base`, `overlay-unfinished`.
   */
  static async open(base: Storage, top: GrowingStorage, names: OverlayNames = UNNAMED): Promise<OverlayStorage> {
    const header = await readHeader(top, names);
    await checkBase(base, header, names);
    // What another process left unflushed is read from here on as if it were safe.
    await top.flush();
    return new OverlayStorage(base, top, await takenPlaces(top, base.bytes, names));
  }

  read(offset: number, into: Uint8Array): void | Promise<void> {
    return this.ordered(offset, into.length, false, () => this.reading(offset, into));
  }

  write(offset: number, from: Uint8Array): void | Promise<void> {
    return this.ordered(offset, from.length, true, () => this.writing(offset, from));
  }

  writeZeroes(offset: number, bytes: number): void | Promise<void> {
    return this.ordered(offset, bytes, true, () => this.zeroing(offset, bytes));
  }

  /** What the overlay has of whole blocks is forgotten: the base's data are as good as any other. */
  discard(offset: number, bytes: number): void | Promise<void> {
    return this.ordered(offset, bytes, true, () => this.discarding(offset, bytes));
  }

  /** Flushes that are asked for while one goes on share the next. */
  flush(): void | Promise<void> {
    if (this.readOnly) return;
    if (this.map.settled) return this.top.flush();
    if (this.waiting === undefined) {
      this.waiting = this.latest.then(() => {
        this.waiting = undefined;
        return this.flushMap();
      });
      this.latest = this.waiting.catch(() => undefined);
    }
    return this.waiting;
  }

  abandon(): void {
    this.base.abandon?.();
  }

  /** Flushes what was written, as a guest that ends without a last flush expects, and closes both files. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      try {
        await this.top.close();
      } finally {
        await this.base.close();
      }
    }
  }

  private ordered(offset: number, bytes: number, exclusive: boolean, act: () => Steps): void | Promise<void> {
    if (bytes === 0) return;
    const first = Math.floor(offset / CLUSTER_BYTES);
    const last = Math.floor((offset + bytes - 1) / CLUSTER_BYTES);
    return this.order.run(first, last, exclusive, () => run(act()));
  }

  private *reading(offset: number, into: Uint8Array): Steps {
    const end = offset + into.length;
    for (let at = offset; at < end; ) {
      const { source, from, bytes } = yield* this.runAt(at, end);
      const part = into.subarray(at - offset, at - offset + bytes);
      if (source === "base") yield this.base.read(from, part);
      else if (source === "top") yield this.top.read(from, part);
      else part.fill(0);
      at += bytes;
    }
  }

  /** The longest run of bytes from `at` on, up to `end`, with one source. */
  private *runAt(at: number, end: number): Steps<Run> {
    let run: Run | undefined;
    for (let offset = at; offset < end; ) {
      const { page, entry } = yield* this.entryOf(offset);
      const place = page.place(entry);
      const written = page.written(entry);
      const zero = page.zero(entry);
      const clusterEnd = Math.min(end, offset - (offset % CLUSTER_BYTES) + CLUSTER_BYTES);
      while (offset < clusterEnd) {
        const bit = 1 << blockOf(offset);
        const bytes = Math.min(clusterEnd, offset - (offset % BLOCK_BYTES) + BLOCK_BYTES) - offset;
        const source = written & bit ? "top" : zero & bit ? "zero" : "base";
        const from = source === "top" ? this.inTop(place, offset) : offset;
        if (run === undefined) run = { source, from, bytes };
        else if (run.source === source && run.from + run.bytes === from) run.bytes += bytes;
        else return run;
        offset += bytes;
      }
    }
    return run!;
  }

  private *writing(offset: number, from: Uint8Array): Steps {
    yield* this.roomInMap();
    const end = offset + from.length;
    for (let at = offset; at < end; ) {
      const blockStart = at - (at % BLOCK_BYTES);
      const blockEnd = Math.min(blockStart + BLOCK_BYTES, this.bytes);
      const whole = at === blockStart && end >= blockEnd;
      // The disk's last block may be a short one.
      const to = !whole ? Math.min(end, blockEnd) : end === this.bytes ? end : end - (end % BLOCK_BYTES);
      const part = from.subarray(at - offset, to - offset);
      if (whole) yield* this.writeBlocks(at, part);
      else yield* this.writePart(at, part, blockStart, blockEnd);
      at = to;
    }
  }

  /** Writes a part of a block; where the overlay does not have the block yet, with what is around it. */
  private *writePart(at: number, part: Uint8Array, blockStart: number, blockEnd: number): Steps {
    const { source, from } = yield* this.runAt(at, at + part.length);
    if (source === "top") {
      yield this.top.write(from, part);
      return;
    }
    const block = new Uint8Array(blockEnd - blockStart);
    if (source === "base") yield this.base.read(blockStart, block);
    block.set(part, at - blockStart);
    yield* this.writeBlocks(blockStart, block);
  }

  /** Writes whole blocks, then says in the map that they are there. */
  private *writeBlocks(at: number, data: Uint8Array): Steps {
    const end = at + data.length;
    let begun = at;
    let target = yield* this.takePlace(at);
    for (let next = clusterAfter(at); next < end; next += CLUSTER_BYTES) {
      const following = yield* this.takePlace(next);
      if (following === target + next - begun) continue;
      yield this.top.write(target, data.subarray(begun - at, next - at));
      begun = next;
      target = following;
    }
    yield this.top.write(target, data.subarray(begun - at));
    for (const [cluster, bits] of blocksOf(at, end)) {
      const { page, entry } = yield* this.entryOf(cluster * CLUSTER_BYTES);
      const written = page.written(entry);
      if ((written & bits) === bits) continue;
      page.set(entry, page.place(entry), written | bits, page.zero(entry) & ~bits);
      this.map.changed(page);
    }
  }

  /** Sees to it that the cluster at `offset` has a place. Returns where in the file the offset lies. */
  private *takePlace(offset: number): Steps<number> {
    const { page, entry } = yield* this.entryOf(offset);
    if (page.place(entry) === 0) {
      page.set(entry, this.places.takeFree() + 1, 0, page.zero(entry));
      this.map.changed(page);
    }
    return this.inTop(page.place(entry), offset);
  }

  private *zeroing(offset: number, bytes: number): Steps {
    yield* this.roomInMap();
    const [from, to] = this.wholeBlocks(offset, offset + bytes);
    if (from >= to) {
      yield* this.writing(offset, new Uint8Array(bytes));
      return;
    }
    if (offset < from) yield* this.writing(offset, new Uint8Array(from - offset));
    for (const [cluster, bits] of blocksOf(from, to)) {
      yield* this.forget(cluster, bits, bits);
    }
    if (to < offset + bytes) yield* this.writing(to, new Uint8Array(offset + bytes - to));
  }

  private *discarding(offset: number, bytes: number): Steps {
    yield* this.roomInMap();
    const [from, to] = this.wholeBlocks(offset, offset + bytes);
    for (const [cluster, bits] of blocksOf(from, to)) {
      yield* this.forget(cluster, bits, 0);
    }
  }

  /** Forgets the data of blocks, and makes some zero. A place without data is given up. */
  private *forget(cluster: number, bits: number, zeroes: number): Steps {
    const { page, entry } = yield* this.entryOf(cluster * CLUSTER_BYTES);
    const place = page.place(entry);
    const written = page.written(entry) & ~bits;
    const zero = page.zero(entry) | zeroes;
    if (written === page.written(entry) && zero === page.zero(entry)) return;
    if (place !== 0 && written === 0) this.places.giveUp(place - 1);
    page.set(entry, written === 0 ? 0 : place, written, zero);
    this.map.changed(page);
  }

  private *entryOf(offset: number): Steps<{ readonly page: MapPage; readonly entry: number }> {
    const { page: number, entry } = MapPage.of(Math.floor(offset / CLUSTER_BYTES));
    const page = this.map.find(number) ?? (yield* this.map.page(number));
    return { page, entry };
  }

  private *roomInMap(): Steps {
    if (this.map.full) yield this.flush();
  }

  private async flushMap(): Promise<void> {
    const pages = this.map.take();
    const places = this.places.takeGivenUp();
    try {
      await this.top.flush();
      for (const { page, bytes } of pages) await this.top.write(page.offset, bytes);
      await this.top.flush();
    } catch (error) {
      this.map.putBack(pages);
      this.places.putBack(places);
      throw error;
    }
    this.map.settle(pages);
    this.places.free(places);
  }

  private inTop(place: number, offset: number): number {
    return this.dataStart + (place - 1) * CLUSTER_BYTES + (offset % CLUSTER_BYTES);
  }

  /** The whole blocks in a range; the disk's last one may be short. */
  private wholeBlocks(from: number, to: number): [number, number] {
    const end = to === this.bytes ? to : to - (to % BLOCK_BYTES);
    return [Math.ceil(from / BLOCK_BYTES) * BLOCK_BYTES, end];
  }
}

/** Rejects with ColinuxError unless `base` is the one that the overlay was made for, as it was then. */
async function checkBase(base: Storage, header: OverlayHeader, names: OverlayNames): Promise<void> {
  if (header.baseBytes !== base.bytes) throw wrongSize(names, base.bytes, header.baseBytes);
  refuseUnfinished(header, names);
  if (header.fingerprint !== (await fingerprint(base, header.spread))) throw baseChanged(names);
}

function blockOf(offset: number): number {
  return Math.floor(offset / BLOCK_BYTES) % BLOCKS_PER_CLUSTER;
}

function clusterAfter(offset: number): number {
  return offset - (offset % CLUSTER_BYTES) + CLUSTER_BYTES;
}

/** The clusters from `from` to `to`, which are bounds of blocks, with the bits of the blocks between. */
function* blocksOf(from: number, to: number): Generator<readonly [cluster: number, bits: number]> {
  for (let at = from; at < to; at = clusterAfter(at)) {
    const blocks = Math.ceil((Math.min(to, clusterAfter(at)) - at) / BLOCK_BYTES);
    yield [Math.floor(at / CLUSTER_BYTES), (ALL_BLOCKS >>> (BLOCKS_PER_CLUSTER - blocks)) << blockOf(at)];
  }
}
