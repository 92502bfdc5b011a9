/*
 * Requests by chance to an overlay, and the plain bytes that it must then be equal to.
 */

import type { OverlayStorage } from "../../host-js/common/index.js";
import { Random } from "../differential/random.js";

export const SECTOR_BYTES = 512;

export function pattern(bytes: number, seed: number): Uint8Array {
  const chance = new Random(seed);
  const words = Uint32Array.from({ length: Math.ceil(bytes / 4) }, () => chance.u32());
  return new Uint8Array(words.buffer, 0, bytes);
}

export type Request =
  | { readonly kind: "read" | "zero" | "discard"; readonly offset: number; readonly bytes: number }
  | { readonly kind: "write"; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: "flush" };

/** A request of whole sectors within `bytes`. Most are small and near others, as those of a filesystem are. */
export function anyRequest(chance: Random, bytes: number, discards = true): Request {
  const kind = chance.weighted<Request["kind"]>([
    [6, "write"],
    [4, "read"],
    [1, "zero"],
    [discards ? 1 : 0, "discard"],
    [1, "flush"],
  ]);
  if (kind === "flush") return { kind };
  const unit = chance.of([SECTOR_BYTES, 4096, 4096, 65536]);
  const length = Math.min(unit * chance.within(1, chance.of([1, 2, 8, 16])), bytes);
  const offset = Math.min(unit * chance.below(Math.ceil(bytes / unit)), bytes - length);
  if (kind === "write") return { kind, offset, data: pattern(length, chance.u32()) };
  return { kind, offset, bytes: length };
}

/** The bytes that a disk must hold. */
export class Model {
  readonly content: Uint8Array;

  constructor(private readonly base: Uint8Array) {
    this.content = base.slice();
  }

  /** Does the request to the overlay and to the plain bytes. Throws when a read tells something else. */
  async do(overlay: OverlayStorage, request: Request): Promise<void> {
    switch (request.kind) {
      case "flush":
        return overlay.flush();
      case "read":
        return this.compare(overlay, request.offset, request.bytes);
      case "write":
        await overlay.write(request.offset, request.data);
        this.content.set(request.data, request.offset);
        return;
      case "zero":
        await overlay.writeZeroes(request.offset, request.bytes);
        this.content.fill(0, request.offset, request.offset + request.bytes);
        return;
      case "discard":
        await overlay.discard(request.offset, request.bytes);
        return this.adopt(overlay, request.offset, request.bytes);
    }
  }

  async compare(overlay: OverlayStorage, offset = 0, bytes = this.content.length): Promise<void> {
    const found = new Uint8Array(bytes);
    await overlay.read(offset, found);
    const expected = this.content.subarray(offset, offset + bytes);
    const wrong = Buffer.compare(found, expected) === 0 ? -1 : found.findIndex((byte, i) => byte !== expected[i]);
    if (wrong >= 0) throw new Error(`byte ${offset + wrong} is ${found[wrong]}, expected ${expected[wrong]}`);
  }

  /** What is read after a discard is what was there, or the base's, sector by sector; from now on it must stay. */
  private async adopt(overlay: OverlayStorage, offset: number, bytes: number): Promise<void> {
    const found = new Uint8Array(bytes);
    await overlay.read(offset, found);
    for (let at = 0; at < bytes; at += SECTOR_BYTES) {
      const sector = found.subarray(at, at + SECTOR_BYTES);
      const choices = [this.content, this.base].map((of) => of.subarray(offset + at, offset + at + SECTOR_BYTES));
      if (!choices.some((choice) => Buffer.compare(choice, sector) === 0))
        throw new Error(`sector at ${offset + at} is neither what it was nor the base's after a discard`);
    }
    this.content.set(found, offset);
  }
}
