/*
 * Writing what an overlay holds back into its base.
 *
 *     header: committing, safe -> data into the base -> base safe
 *
 * From the first step on the overlay serves no guest, so that what it holds stays as it is, and a commit that was interrupted is done again
 * from the beginning. The base is still known then by the blocks of its sample that the overlay does not touch. What becomes of the file in
 * the end is the caller's business.
 */

import type { GrowingStorage, Storage } from "../ports.js";
import { baseChanged, type OverlayNames, UNNAMED, wrongSize } from "./failure.js";
import { fingerprint } from "./fingerprint.js";
import { readHeader, writeHeader } from "./header.js";
import { BLOCK_BYTES, BLOCKS_PER_CLUSTER, CLUSTER_BYTES, dataStart } from "./layout.js";
import { ClusterMap } from "./map.js";
import { MapPage } from "./map-page.js";
import { type Difference, differences, takenPlaces } from "./scan.js";
import { run } from "./steps.js";

/** Told after each piece: bytes that were brought to the base, of how many in all. */
export type CommitProgress = (doneBytes: number, allBytes: number) => void;

/**
 * Writes what the overlay in `top` holds into `base`; it is safe there when the result is there, and the overlay is good for nothing but
 * another commit. Nobody else may use either meanwhile. After an interruption or a failure it can be called again. Rejects with ColinuxError
 * (`overlay-kind`, `overlay-version`, `overlay-damaged`, `overlay-base`) before anything was changed, and when a medium fails.
 */
export async function commitOverlay(
  base: Storage,
  top: GrowingStorage,
  progress: CommitProgress = () => undefined,
  names: OverlayNames = UNNAMED,
): Promise<void> {
  const header = await readHeader(top, names);
  if (header.baseBytes !== base.bytes) throw wrongSize(names, base.bytes, header.baseBytes);
  await takenPlaces(top, base.bytes, names);
  const untouched = await untouchedFingerprint(base, top, header.spread);
  const found = header.state === "committing" ? untouched : await fingerprint(base, header.spread);
  if (found !== header.fingerprint) throw baseChanged(names);
  // Makes safe, too, what another process left unflushed.
  await writeHeader(top, { ...header, state: "committing", fingerprint: untouched });

  let allBytes = 0;
  for await (const list of differences(top, base.bytes)) for (const each of list) allBytes += bytesIn(each);
  let doneBytes = 0;
  for await (const list of differences(top, base.bytes)) {
    for (const difference of list) {
      await bring(difference, base, top);
      doneBytes += bytesIn(difference);
      progress(doneBytes, allBytes);
    }
  }
  await base.flush();
}

/** The fingerprint of what a commit leaves as it is. */
async function untouchedFingerprint(base: Storage, top: GrowingStorage, spread: number): Promise<number> {
  const map = new ClusterMap(top);
  return fingerprint(base, spread, async (block) => {
    const { page: number, entry } = MapPage.of(Math.floor(block / BLOCKS_PER_CLUSTER));
    const page = await run(map.page(number));
    return (((page.written(entry) | page.zero(entry)) >>> (block % BLOCKS_PER_CLUSTER)) & 1) === 1;
  });
}

/** Writes what differs in a cluster, in runs of blocks. */
async function bring({ cluster, place, written, zero }: Difference, base: Storage, top: GrowingStorage): Promise<void> {
  const inBase = cluster * CLUSTER_BYTES;
  const inTop = dataStart(base.bytes) + (place - 1) * CLUSTER_BYTES;
  for (const { from, to } of runs(written)) {
    const data = new Uint8Array(Math.min(to, base.bytes - inBase) - from);
    await top.read(inTop + from, data);
    await base.write(inBase + from, data);
  }
  for (const { from, to } of runs(zero)) {
    const data = new Uint8Array(Math.min(to, base.bytes - inBase) - from);
    await base.read(inBase + from, data);
    // A hole in the base stays one.
    if (data.some((byte) => byte !== 0)) await base.write(inBase + from, data.fill(0));
  }
}

/** Bounds of the blocks whose bits are set, in bytes from the cluster's beginning, neighbours together. */
function* runs(bits: number): Generator<{ readonly from: number; readonly to: number }> {
  for (let block = 0; block < BLOCKS_PER_CLUSTER; block++) {
    if (((bits >>> block) & 1) === 0) continue;
    const first = block;
    while ((bits >>> block) & 1) block++;
    yield { from: first * BLOCK_BYTES, to: block * BLOCK_BYTES };
  }
}

function bytesIn({ written, zero }: Difference): number {
  let blocks = 0;
  for (let bits = written | zero; bits !== 0; bits &= bits - 1) blocks++;
  return blocks * BLOCK_BYTES;
}
