/*
 * Unpacks what kernels and initrds come in. gzip is in every runtime; zstd, which distributions prefer by now, is not.
 */

import { decompress as unzstd } from "fzstd";
import { messageOf } from "../errors.js";

export type Compression = "gzip" | "zstd" | "xz" | "lz4" | "lzo" | "lzma" | "bzip2";

const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["lz4", [0x02, 0x21, 0x4c, 0x18]],
  ["lzo", [0x89, 0x4c, 0x5a, 0x4f]],
  ["lzma", [0x5d, 0x00, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68]],
];

/** The compression that data is in, by its first bytes [linux lib/decompress.c]. */
export function compressionOf(data: Uint8Array): Compression | undefined {
  return MAGICS.find(([, magic]) => magic.every((byte, at) => data[at] === byte))?.[0];
}

/** Unpacks gzip or zstd. Rejects with an Error that says what is wrong with the data. */
export async function decompress(data: Uint8Array, compression: "gzip" | "zstd"): Promise<Uint8Array> {
  try {
    return compression === "gzip" ? await gunzip(data) : unzstd(data);
  } catch (error) {
    throw new Error(`the ${compression} data is damaged or cut off (${messageOf(error)})`, { cause: error });
  }
}

async function gunzip(data: Uint8Array): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  // A failure shows on the reading side too.
  const written = writer.write(data).then(() => writer.close());
  written.catch(() => undefined);

  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = readable.getReader();
  for (let result = await reader.read(); !result.done; result = await reader.read()) {
    chunks.push(result.value);
    bytes += result.value.length;
  }
  await written;

  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
