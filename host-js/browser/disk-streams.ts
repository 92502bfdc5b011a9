/*
 * Whole disks as streams, to be copied out of the browser's storage and into it.
 */

import type { GrowingStorage, Storage } from "../common/index.js";
import { importUnsupported } from "./opfs-failure.js";

const PART_BYTES = 1 << 20;

/** The disk from its beginning to its end, which is closed then. `ended` is called in any case. */
export function streamOf(disk: Storage, ended: () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  const end = async (): Promise<void> => {
    try {
      await disk.close();
    } finally {
      ended();
    }
  };
  return new ReadableStream({
    pull: async (controller) => {
      try {
        const part = new Uint8Array(Math.min(PART_BYTES, disk.bytes - at));
        await disk.read(at, part);
        at += part.length;
        controller.enqueue(part);
      } catch (error) {
        await end();
        throw error;
      }
      if (at < disk.bytes) return;
      await end();
      controller.close();
    },
    cancel: end,
  });
}

/** Not every browser's streams can be iterated. */
export async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Replaces the content of `file` by what `write` writes, in one step at the end; when it fails all is as it was. */
export async function writeWhole(
  file: FileSystemFileHandle,
  write: (top: Pick<GrowingStorage, "write" | "flush">) => Promise<void>,
): Promise<void> {
  if (file.createWritable === undefined) throw importUnsupported();
  const stream = await file.createWritable();
  const gathered = new Gathered((position, data) => stream.write({ type: "write", position, data }));
  try {
    await write(gathered);
    await gathered.flush();
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => undefined);
    throw error;
  }
}

/** Writes in a row as one: each costs a message to another process. */
class Gathered {
  private readonly buffer = new Uint8Array(PART_BYTES);
  private begin = 0;
  private filled = 0;

  constructor(private readonly put: (offset: number, data: Uint8Array<ArrayBuffer>) => Promise<void>) {}

  async write(offset: number, from: Uint8Array): Promise<void> {
    if (offset !== this.begin + this.filled) await this.flush(offset);
    for (let at = 0; at < from.length; ) {
      const part = from.subarray(at, at + PART_BYTES - this.filled);
      this.buffer.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === PART_BYTES) await this.flush();
    }
  }

  async flush(next?: number): Promise<void> {
    if (this.filled > 0) await this.put(this.begin, this.buffer.subarray(0, this.filled));
    this.begin = next ?? this.begin + this.filled;
    this.filled = 0;
  }
}
