/*
 * The whole cluster map, read from the file from one end to the other.
 */

import type { GrowingStorage } from "../ports.js";
import { damaged, type OverlayNames } from "./failure.js";
import { BLOCK_BYTES, CLUSTER_BYTES, clusterCount, dataStart, ENTRY_BYTES, MAP_START } from "./layout.js";
import { MapEntries } from "./map-page.js";
import { Places } from "./places.js";
import { readTop } from "./top.js";

const CHUNK_BYTES = 256 << 10;

/** What the map says of a cluster of which something is not the base's. */
export interface Difference {
  readonly cluster: number;
  readonly place: number;
  readonly written: number;
  readonly zero: number;
}

/** Clusters that differ from the base, ascending, in lists of bounded length. */
export async function* differences(top: GrowingStorage, baseBytes: number): AsyncGenerator<readonly Difference[]> {
  const mapEnd = Math.min(top.bytes, MAP_START + clusterCount(baseBytes) * ENTRY_BYTES);
  for (let offset = MAP_START; offset < mapEnd; offset += CHUNK_BYTES) {
    const entries = new MapEntries(new Uint8Array(Math.min(CHUNK_BYTES, mapEnd - offset)));
    await readTop(top, offset, entries.bytes);
    const found: Difference[] = [];
    for (let entry = 0; entry < entries.count; entry++) {
      const place = entries.place(entry);
      const written = entries.written(entry);
      const zero = entries.zero(entry);
      const cluster = (offset - MAP_START) / ENTRY_BYTES + entry;
      if (place !== 0 || written !== 0 || zero !== 0) found.push({ cluster, place, written, zero });
    }
    if (found.length > 0) yield found;
  }
}

/** Finds out which places are taken, and whether the map can be right. Rejects with ColinuxError `overlay-damaged`. */
export async function takenPlaces(top: GrowingStorage, baseBytes: number, names: OverlayNames): Promise<Places> {
  const places = new Places();
  const start = dataStart(baseBytes);
  for await (const list of differences(top, baseBytes)) {
    for (const { cluster, place, written, zero } of list) {
      if ((written & zero) !== 0 || (written !== 0 && place === 0))
        throw damaged(names, `cluster ${cluster} is unclear`);
      if (place === 0) continue;
      const lastByte = (place - 1) * CLUSTER_BYTES + lastBlock(written) * BLOCK_BYTES;
      if (written !== 0 && start + lastByte >= top.bytes)
        throw damaged(names, `the data of cluster ${cluster} is missing`);
      if (places.isTaken(place - 1)) throw damaged(names, `two clusters share place ${place - 1}`);
      places.take(place - 1);
    }
  }
  return places;
}

/** Number of the highest bit. */
function lastBlock(bits: number): number {
  return 31 - Math.clz32(bits);
}
