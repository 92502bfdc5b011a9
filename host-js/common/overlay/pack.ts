/*
 * A disk image as an overlay over zeroes, written from its beginning to its end: what is zero takes no room.
 *
 *     chunks -> clusters -> places, in order -> ... -> map -> header, which makes the file an overlay
 */

import { ColinuxError } from "../errors.js";
import type { GrowingStorage } from "../ports.js";
import { fingerprint } from "./fingerprint.js";
import { writeHeader } from "./header.js";
import { BLOCK_BYTES, CLUSTER_BYTES, clusterCount, dataStart, ENTRY_BYTES, MAP_START } from "./layout.js";
import { MapEntries } from "./map-page.js";
import { Zeroes } from "./zeroes.js";

/** Told after each cluster: bytes of the image that are packed. */
export type PackProgress = (doneBytes: number) => void;

/**
 * Writes the disk of `bytes` bytes that `chunks` are, in order, as an overlay into the empty file `top`. Rejects with ColinuxError `disk-size`
 * when they are more or less than that, and when the medium fails; the file is no overlay then.
 */
export async function packOverlay(
  bytes: number,
  chunks: AsyncIterable<Uint8Array>,
  top: Pick<GrowingStorage, "write" | "flush">,
  progress: PackProgress = () => undefined,
): Promise<void> {
  const map = new MapEntries(new Uint8Array(clusterCount(bytes) * ENTRY_BYTES));
  let cluster = 0;
  let places = 0;
  for await (const data of clusters(bytes, chunks)) {
    const written = blocksWithData(data);
    if (written !== 0) {
      await top.write(dataStart(bytes) + places * CLUSTER_BYTES, data);
      map.set(cluster, ++places, written, 0);
    }
    cluster++;
    progress(Math.min(bytes, cluster * CLUSTER_BYTES));
  }
  await top.write(MAP_START, map.bytes);
  await top.flush();
  const spread = 1;
  await writeHeader(top, {
    baseBytes: bytes,
    fingerprint: await fingerprint(new Zeroes(bytes), spread),
    spread,
    state: "in use",
    baseModified: 0,
    basePath: "",
  });
}

/** The disk in pieces of a cluster; the last one may be short. A piece is good until the next one. */
async function* clusters(bytes: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const cluster = new Uint8Array(CLUSTER_BYTES);
  let filled = 0;
  let done = 0;
  for await (const chunk of chunks) {
    if (done + chunk.length > bytes) throw wrongLength(`more than ${bytes}`, bytes);
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + CLUSTER_BYTES - filled);
      cluster.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < CLUSTER_BYTES) continue;
      yield cluster;
      filled = 0;
    }
    done += chunk.length;
  }
  if (done < bytes) throw wrongLength(String(done), bytes);
  if (filled > 0) yield cluster.subarray(0, filled);
}

function blocksWithData(cluster: Uint8Array): number {
  let bits = 0;
  for (let at = 0; at < cluster.length; at += BLOCK_BYTES) {
    if (!isZero(cluster.subarray(at, at + BLOCK_BYTES))) bits |= 1 << (at / BLOCK_BYTES);
  }
  return bits;
}

/** A loop, because `every` calls something for each byte. */
function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

function wrongLength(has: string, bytes: number): ColinuxError {
  return new ColinuxError(
    "disk-size",
    `The image has ${has} bytes; expected ${bytes}. It was cut, or another one was meant.`,
  );
}
