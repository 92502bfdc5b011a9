/*
 * What every Storage must do, whatever it keeps its bytes in. Each implementation's test calls this with a way to make one.
 */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Storage } from "../../host-js/common/ports.js";

export interface StorageMaker {
  /** Opens a storage that holds `bytes`; the same medium again when called with nothing. */
  open(bytes?: Uint8Array): Promise<Storage> | Storage;
  /** Opens a read-only storage over the same medium; left out when there is no such thing. */
  openReadOnly?(): Promise<Storage> | Storage;
}

const BYTES = 3 << 20;

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) * 13 + seed) & 0xff);
}

export function storageContract(name: string, maker: StorageMaker): void {
  describe(`${name} as a Storage`, () => {
    let storage: Storage;
    const content = pattern(BYTES, 1);

    beforeEach(async () => {
      storage = await maker.open(content);
    });
    afterEach(async () => {
      await storage.close();
    });

    async function readBack(offset: number, length: number): Promise<Uint8Array> {
      const into = new Uint8Array(length);
      await storage.read(offset, into);
      return into;
    }

    test("tells its size", () => {
      expect(storage.bytes).toBe(BYTES);
      expect(storage.readOnly).toBe(false);
    });

    test.each([
      [0, 512],
      [512, 4096],
      [BYTES - 512, 512],
      [4096, 300_000],
      [0, BYTES],
    ])("reads at %i, %i bytes", async (offset, length) => {
      expect(Buffer.compare(await readBack(offset, length), content.subarray(offset, offset + length))).toBe(0);
    });

    test.each([
      [0, 512],
      [BYTES - 4096, 4096],
      [512, 1_000_000],
    ])("writes at %i, %i bytes, and nothing else", async (offset, length) => {
      const bytes = pattern(length, 77);
      await storage.write(offset, bytes);
      const expected = content.slice();
      expected.set(bytes, offset);
      expect(Buffer.compare(await readBack(0, BYTES), expected)).toBe(0);
    });

    test("leaves a part of a larger buffer alone", async () => {
      const buffer = new Uint8Array(2048).fill(0xee);
      await storage.read(0, buffer.subarray(512, 1024));
      expect(buffer.subarray(512, 1024)).toEqual(content.subarray(0, 512));
      expect(new Set([...buffer.subarray(0, 512), ...buffer.subarray(1024)])).toEqual(new Set([0xee]));
    });

    test("serves requests in flight together", async () => {
      const buffers = Array.from({ length: 16 }, () => new Uint8Array(100_000));
      await Promise.all(buffers.map((into, i) => storage.read(i * 1000, into)));
      for (const [i, into] of buffers.entries()) {
        expect(Buffer.compare(into, content.subarray(i * 1000, i * 1000 + into.length))).toBe(0);
      }
    });

    test("keeps what was written and flushed when it is opened again", async () => {
      await storage.write(1024, pattern(512, 5));
      await storage.flush();
      await storage.close();
      storage = await maker.open();
      expect(await readBack(1024, 512)).toEqual(pattern(512, 5));
    });

    test.runIf(maker.openReadOnly)("opens read-only and reads", async () => {
      await storage.close();
      storage = await maker.openReadOnly!();
      expect(storage.readOnly).toBe(true);
      expect(await readBack(512, 512)).toEqual(content.subarray(512, 1024));
      await storage.flush();
    });
  });
}
