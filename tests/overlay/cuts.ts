/*
 * Load on an overlay whose file lies on a disk that may lose power, and what may be found after that.
 *
 * The disk (support/write-log.ts) keeps any subset of the sectors that were not flushed. Of each sector of the overlay must be found what
 * the last flush that returned made safe, or what was written there since.
 */

import { createOverlay, OverlayStorage } from "../../host-js/common/index.js";
import { CLUSTER_BYTES, dataStart } from "../../host-js/common/overlay/layout.js";
import { Random } from "../differential/random.js";
import { asGrown, GrowingMemory } from "../support/growing.js";
import { MemoryStorage } from "../support/memory-storage.js";
import { type Lies, WriteLog } from "../support/write-log.js";
import { anyRequest, Model, pattern, SECTOR_BYTES } from "./model.js";

export interface CutOptions {
  readonly seed: number;
  readonly bytes: number;
  readonly requests: number;
  /** How many requests the driver has in flight. */
  readonly inFlight: number;
}

interface Version {
  readonly issued: number;
  completed: number;
  /** Undefined until a discard has told what it left. */
  data: Uint8Array | undefined;
}

export class OverlayLoad {
  readonly base: MemoryStorage;
  log!: WriteLog;
  /** Of each sector, the oldest first. */
  private versions: Version[][];
  private readonly flushes: { readonly issued: number; readonly completed: number }[] = [];
  private readonly busy = new Set<number>();
  private readonly later: (() => void)[] = [];
  private readonly chance: Random;
  begin = 0;

  constructor(private readonly options: CutOptions) {
    this.chance = new Random(options.seed);
    this.base = new MemoryStorage(pattern(options.bytes, options.seed));
    this.versions = sectorsOf(this.base.data).map((data) => [{ issued: -1, completed: -1, data }]);
  }

  /** Does all requests, on a new overlay or on what a power failure left of one. */
  async run(image?: Uint8Array): Promise<void> {
    const { seed, bytes } = this.options;
    const content = new Uint8Array(dataStart(bytes) + bytes + 16 * CLUSTER_BYTES);
    if (image) content.set(image);
    else await createOverlay(this.base, asGrown(new MemoryStorage(content)));
    this.log = new WriteLog({ content, seed, later: (_, call) => this.later.push(call) });
    const opening = OverlayStorage.open(this.base, asGrown(this.log));
    const overlay = await this.completing(opening);
    if (image) this.versions = sectorsOf(await contentOf(overlay)).map((data) => [{ issued: -1, completed: -1, data }]);
    this.begin = this.log.now;
    const doing = new Set<Promise<void>>();
    for (let n = 0; n < this.options.requests; n++) {
      const begun = this.request(overlay);
      const request = begun.finally(() => doing.delete(request));
      doing.add(request);
      while (doing.size >= this.options.inFlight) await this.turn();
      if (this.chance.once(3)) await this.turn();
    }
    while (doing.size > 0) await this.turn();
  }

  /** What is wrong with the overlay after a power failure at `moment`; and the overlay's file. */
  async cut(moment: number, seed: number, lies?: Lies): Promise<{ faults: string[]; image: Uint8Array }> {
    const image = this.log.imageAt(moment, seed, lies);
    const name = `seed ${this.options.seed}, cut at ${moment} with ${seed}`;
    try {
      const overlay = await OverlayStorage.open(this.base, new GrowingMemory(image));
      const content = await contentOf(overlay);
      const safe = Math.max(-1, ...this.flushes.filter(({ completed }) => completed <= moment).map((f) => f.issued));
      const faults = this.versions.flatMap((versions, sector) => {
        const found = content.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
        const last = versions.findLastIndex(({ completed }) => completed <= safe);
        const may = versions.filter(({ issued }, i) => i === last || (i > last && issued < moment));
        const right = may.some(({ data }) => data === undefined || Buffer.compare(data, found) === 0);
        return right ? [] : [`${name}: sector ${sector} is none of ${may.length} that it may be`];
      });
      if (faults.length === 0) await goOn(overlay, content, seed);
      return { faults, image };
    } catch (error) {
      return { faults: [`${name}: ${error}`], image };
    }
  }

  /** Begins a request that touches no sector of another one in flight. */
  private async request(overlay: OverlayStorage): Promise<void> {
    const request = anyRequest(this.chance, this.options.bytes);
    const issued = this.log.now;
    if (request.kind === "flush") {
      await overlay.flush();
      this.flushes.push({ issued, completed: this.log.now });
      return;
    }
    const { offset } = request;
    const bytes = request.kind === "write" ? request.data.length : request.bytes;
    const first = offset / SECTOR_BYTES;
    const sectors = Array.from({ length: bytes / SECTOR_BYTES }, (_, i) => first + i);
    if (sectors.some((sector) => this.busy.has(sector))) return;
    for (const sector of sectors) this.busy.add(sector);
    const versions = sectors.map((_, i): Version => {
      const data =
        request.kind === "write"
          ? request.data.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES)
          : request.kind === "zero"
            ? new Uint8Array(SECTOR_BYTES)
            : undefined;
      return { issued, completed: Number.POSITIVE_INFINITY, data };
    });
    const into = new Uint8Array(bytes);
    if (request.kind !== "read") sectors.forEach((sector, i) => void this.versions[sector]!.push(versions[i]!));
    if (request.kind === "write") await overlay.write(offset, request.data);
    else if (request.kind === "zero") await overlay.writeZeroes(offset, bytes);
    else if (request.kind === "discard") await overlay.discard(offset, bytes);
    const completed = this.log.now;
    await overlay.read(offset, into);
    for (const [i, sector] of sectors.entries()) {
      this.busy.delete(sector);
      versions[i]!.completed = completed;
      const found = into.slice(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES);
      const latest = this.versions[sector]!.at(-1)!;
      latest.data ??= found;
      if (Buffer.compare(latest.data, found) !== 0)
        throw new Error(`sector ${sector} reads wrong after ${request.kind}`);
    }
  }

  /** Lets the disk complete one request, any. */
  private async turn(): Promise<void> {
    await new Promise((done) => setImmediate(done));
    const [call] = this.later.splice(this.chance.below(this.later.length || 1), 1);
    call?.();
    await new Promise((done) => setImmediate(done));
  }

  private async completing<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const watched = work.finally(() => {
      over = true;
    });
    while (!over) await this.turn();
    return watched;
  }
}

/** What survived a power failure must serve on. */
async function goOn(overlay: OverlayStorage, content: Uint8Array, seed: number): Promise<void> {
  const chance = new Random(seed);
  const model = new Model(content);
  for (let n = 0; n < 20; n++) await model.do(overlay, anyRequest(chance, content.length, false));
  await model.compare(overlay);
}

async function contentOf(overlay: OverlayStorage): Promise<Uint8Array<ArrayBuffer>> {
  const content = new Uint8Array(overlay.bytes);
  await overlay.read(0, content);
  return content;
}

function sectorsOf(content: Uint8Array): Uint8Array[] {
  return Array.from({ length: content.length / SECTOR_BYTES }, (_, n) =>
    content.slice(n * SECTOR_BYTES, (n + 1) * SECTOR_BYTES),
  );
}
