/*
 * The cluster map in memory: the pages in use, of bounded number, and which of them the file does not have yet.
 *
 * A page that changed stays until it was written; others go when they were not used for longest. Changing an entry is: `page(...)`, then
 * change it before anything else is waited for.
 */

import type { GrowingStorage } from "../ports.js";
import { MAP_PAGE_BYTES, MAP_START } from "./layout.js";
import { MapPage } from "./map-page.js";
import type { Steps } from "./steps.js";
import { readTop } from "./top.js";

/** 8 MiB of memory, for 64 GiB of disk. */
const PAGES_MAX = 2048;
/** From here on a write waits for a flush first. */
const DIRTY_MAX = 1024;

/** Pages as they were when a flush began. */
export type TakenPages = readonly { readonly page: MapPage; readonly bytes: Uint8Array }[];

export class ClusterMap {
  /** By number, the one used last at the end. */
  private readonly pages = new Map<number, MapPage>();
  private readonly loading = new Map<number, Promise<void>>();
  private readonly dirty = new Set<MapPage>();
  private leaving = 0;
  private latest: MapPage | undefined;

  constructor(private readonly top: GrowingStorage) {}

  /** Whether the file has all of it, safely. */
  get settled(): boolean {
    return this.dirty.size === 0 && this.leaving === 0;
  }

  /** Whether so much was changed that it must be flushed before more is. */
  get full(): boolean {
    return this.dirty.size >= DIRTY_MAX;
  }

  /** The page of this number, if it is in memory. */
  find(number: number): MapPage | undefined {
    if (this.latest?.number === number) return this.latest;
    const page = this.pages.get(number);
    if (page === undefined) return undefined;
    this.pages.delete(number);
    this.pages.set(number, page);
    this.latest = page;
    return page;
  }

  *page(number: number): Steps<MapPage> {
    for (;;) {
      const page = this.find(number);
      if (page !== undefined) return page;
      const begun = this.loading.get(number);
      if (begun !== undefined) yield begun;
      else yield* this.load(number);
    }
  }

  /** Two loads of a page at once could end with the older one, after the page was changed, written and let go. */
  private *load(number: number): Steps {
    const bytes = new Uint8Array(MAP_PAGE_BYTES);
    const read = readTop(this.top, MAP_START + number * MAP_PAGE_BYTES, bytes);
    const loaded = () => this.add(new MapPage(number, bytes));
    if (read === undefined) return loaded();
    const loading = read.then(loaded).finally(() => this.loading.delete(number));
    this.loading.set(number, loading);
    yield loading;
  }

  changed(page: MapPage): void {
    page.dirty = true;
    this.dirty.add(page);
  }

  /** What the file needs to have all that was changed. To be followed by `settle` or `putBack`. */
  take(): TakenPages {
    const taken = [...this.dirty].map((page) => {
      page.dirty = false;
      page.leaving = true;
      return { page, bytes: page.bytes.slice() };
    });
    this.dirty.clear();
    this.leaving = taken.length;
    return taken;
  }

  /** The pages are safe in the file. */
  settle(taken: TakenPages): void {
    for (const { page } of taken) page.leaving = false;
    this.leaving = 0;
  }

  /** The file may or may not have the pages. */
  putBack(taken: TakenPages): void {
    this.settle(taken);
    for (const { page } of taken) this.changed(page);
  }

  private add(page: MapPage): void {
    if (this.pages.size >= PAGES_MAX) {
      for (const old of this.pages.values()) {
        if (old.dirty || old.leaving) continue;
        this.pages.delete(old.number);
        if (this.latest === old) this.latest = undefined;
        break;
      }
    }
    this.pages.set(page.number, page);
  }
}
