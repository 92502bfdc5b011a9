/*
 * Where things lie in an overlay file, version 1.
 *
 *     0          header, one block (header.ts)
 *     4096       map: 8 bytes for each cluster of the base, in order (map-page.ts); not written means: nothing differs from the base
 *     dataStart  places, 64 KiB each, in the order in which they were needed; the map says which cluster's data a place holds
 *
 * A cluster (64 KiB) is what gets a place, a block (4 KiB) is what is copied on write: of the 16 blocks of a cluster each is by itself the
 * base's, the overlay's or zero. The file grows as places are used; whatever lies behind its end counts as zeroes.
 */

export const BLOCK_BYTES = 4096;
export const CLUSTER_BYTES = 64 << 10;
export const BLOCKS_PER_CLUSTER = CLUSTER_BYTES / BLOCK_BYTES;
/** Bits of all blocks of a cluster. */
export const ALL_BLOCKS = 2 ** BLOCKS_PER_CLUSTER - 1;

export const ENTRY_BYTES = 8;
export const MAP_PAGE_BYTES = BLOCK_BYTES;
export const ENTRIES_PER_PAGE = MAP_PAGE_BYTES / ENTRY_BYTES;
export const MAP_START = BLOCK_BYTES;

/** Clusters of a base of so many bytes. */
export function clusterCount(baseBytes: number): number {
  return Math.ceil(baseBytes / CLUSTER_BYTES);
}

/** Whole pages, so that a page can be written as one. */
export function mapBytes(baseBytes: number): number {
  return Math.ceil(clusterCount(baseBytes) / ENTRIES_PER_PAGE) * MAP_PAGE_BYTES;
}

export function dataStart(baseBytes: number): number {
  return Math.ceil((MAP_START + mapBytes(baseBytes)) / CLUSTER_BYTES) * CLUSTER_BYTES;
}
