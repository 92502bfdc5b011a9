/*
 * A descriptor chain: one request of a driver, taken from the available ring. What the device may read comes first, what it may write
 * follows [virtio 2.7.4.2]. How a driver cuts its bytes into buffers means nothing [virtio 2.7.4], so devices address a request by byte
 * offset through `slice`.
 */

/** A piece of guest RAM, checked to be all RAM. */
export interface Buffer {
  readonly pa: number;
  readonly bytes: number;
}

export interface Chain {
  /** Index of the first descriptor: what the used ring calls the request. */
  readonly head: number;
  /** Which life of the device it was taken in; a chain from before a reset is not completed. */
  readonly epoch: number;
  readonly readable: readonly Buffer[];
  readonly writable: readonly Buffer[];
  readonly readableBytes: number;
  readonly writableBytes: number;
}

/** The part of `buffers` from byte `start` on, `bytes` long or as long as there is. */
export function slice(buffers: readonly Buffer[], start: number, bytes: number): Buffer[] {
  const parts: Buffer[] = [];
  let skip = start;
  let left = bytes;
  for (const buffer of buffers) {
    if (left <= 0) break;
    if (skip >= buffer.bytes) {
      skip -= buffer.bytes;
      continue;
    }
    const take = Math.min(buffer.bytes - skip, left);
    parts.push({ pa: buffer.pa + skip, bytes: take });
    left -= take;
    skip = 0;
  }
  return parts;
}

/** Joins buffers that follow each other in physical memory, so that a port gets few large pieces. */
export function join(buffers: readonly Buffer[]): Buffer[] {
  const joined: Buffer[] = [];
  for (const buffer of buffers) {
    const last = joined.at(-1);
    if (last !== undefined && last.pa + last.bytes === buffer.pa) {
      joined[joined.length - 1] = { pa: last.pa, bytes: last.bytes + buffer.bytes };
    } else {
      joined.push(buffer);
    }
  }
  return joined;
}
