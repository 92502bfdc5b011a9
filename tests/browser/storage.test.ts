/*
 * The browser's storages in a Worker of Debian's Chromium: a file of OPFS, and an image on a server, by itself and below a disk that is kept.
 */

import type { BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { storageContract } from "../contracts/storage.js";
import { chromiumPath, launchProfile } from "../support/chromium.js";
import { temporaryFolder } from "../support/folder.js";
import { ImageServer, inMemory } from "../support/image-server.js";
import { noise } from "../support/noise.js";
import { type PageServer, servePage } from "../support/page-server.js";
import { StoragePage } from "./far-storage.js";

const KIB = 1 << 10;
const CHUNK = 128 * KIB;
/** No waits: what is tried again is tried at once. */
const AT_ONCE = { retryMs: [0, 0, 0] };

const folder = temporaryFolder();

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("in a Worker of Chromium", () => {
  let server: PageServer;
  let context: BrowserContext;
  let page: StoragePage;
  let image: ImageServer;

  beforeAll(async () => {
    server = await servePage({
      script: "tests/browser/storage-page.ts",
      more: "tests/browser/storage-worker.ts",
      kernel: findKernel()!.image,
      initramfs: findInitramfs()!.cpio,
    });
    context = await launchProfile(folder);
    page = await StoragePage.open(context, server);
  });
  afterAll(async () => {
    await context?.close();
    server?.close();
  });

  let files = 0;
  storageContract("a file of OPFS", {
    open: async (bytes) => {
      if (bytes === undefined) return page.storage({ opfs: `file${files}` });
      const storage = await page.storage({ opfs: `file${++files}` });
      await storage.write(0, bytes);
      await storage.close();
      return page.storage({ opfs: `file${files}` });
    },
  });

  let disks = 0;
  let contractImage: ImageServer | undefined;
  const disk = () => ({ image: contractImage!.url, keep: `disk${disks}` });
  storageContract("a disk that is kept over an image on a server", {
    open: async (bytes) => {
      if (bytes !== undefined) {
        contractImage?.close();
        contractImage = await ImageServer.serve(inMemory(bytes));
        disks++;
      }
      return page.storage({ disk: disk() });
    },
    openReadOnly: () => page.storage({ disk: { ...disk(), readOnly: true } }),
  });
  afterAll(() => contractImage?.close());

  describe("an image on a server", () => {
    const content = noise(20 * CHUNK + 512);
    beforeEach(async () => {
      image = await ImageServer.serve(inMemory(content));
      await page.reports();
    });
    afterEach(() => image.close());

    async function reads(storage: { read(offset: number, into: Uint8Array): unknown }, offset: number, bytes: number) {
      const into = new Uint8Array(bytes);
      await storage.read(offset, into);
      expect(Buffer.compare(into, content.subarray(offset, offset + bytes))).toBe(0);
    }

    test("is read in chunks, each once, whoever asks for it how often", async () => {
      const storage = await page.storage({ http: image.url });
      expect([storage.bytes, storage.readOnly]).toEqual([content.length, true]);
      await Promise.all([1, 2, 3].map((n) => reads(storage, 9 * CHUNK + n * 512, 4096)));
      await reads(storage, 9 * CHUNK + 70_000, 512);
      await reads(storage, 20 * CHUNK, 512);
      expect(image.asked).toEqual([
        [0, CHUNK],
        [9 * CHUNK, 10 * CHUNK],
        [20 * CHUNK, content.length],
      ]);
      await storage.close();
    });

    test("is read ahead by whoever goes from one end to the other, and not by others", async () => {
      const storage = await page.storage({ http: image.url });
      for (let offset = 0; offset < 20 * CHUNK; offset += 64 * KIB) await reads(storage, offset, 64 * KIB);
      expect(image.asked).toEqual(
        [0, 1, 3, 7, 15].map((chunk, n, all) => [chunk * CHUNK, Math.min((all[n + 1] ?? 31) * CHUNK, content.length)]),
      );
      await storage.close();
    });

    test("keeps no more of it than it may", async () => {
      // The browser has a cache of its own.
      image.cacheControl = "no-store";
      const storage = await page.storage({ http: image.url, options: { cacheBytes: 2 * CHUNK } });
      for (const chunk of [5, 9, 5, 13, 9, 5]) await reads(storage, chunk * CHUNK, 512);
      expect(image.asked.slice(1).map(([from]) => from / CHUNK)).toEqual([5, 9, 13, 9, 5]);
      await reads(storage, 0, content.length);
      await storage.close();
    });

    test("is asked again when an answer was cut or refused for the moment, and says so once, and when it is back", async () => {
      const storage = await page.storage({ http: image.url, options: AT_ONCE });
      image.cuts = 2;
      await reads(storage, 3 * CHUNK, 2 * CHUNK);
      image.refuses = { times: 2, status: 503 };
      await reads(storage, 9 * CHUNK, 512);
      expect(await page.reports()).toEqual([
        expect.stringMatching(/disk.img does not come .*; trying again/),
        expect.stringMatching(/disk.img comes again\.$/),
        expect.stringMatching(/503.*; trying again/),
        expect.stringMatching(/disk.img comes again\.$/),
      ]);
      await storage.close();
    });

    test("is asked again when nothing comes of an answer", async () => {
      const storage = await page.storage({ http: image.url, options: { ...AT_ONCE, stalledMs: 500 } });
      let answer = (): void => undefined;
      image.hold = new Promise((done) => {
        answer = done;
      });
      const read = reads(storage, 6 * CHUNK, 512);
      await expect
        .poll(() => page.reports())
        .toEqual([expect.stringContaining("does not come (nothing came for 0.5 s)")]);
      answer();
      await read;
      await storage.close();
    });

    test("is given up when there is no attempt left, and not for ever", async () => {
      const storage = await page.storage({ http: image.url, options: AT_ONCE });
      image.refuses = { times: 4, status: 502 };
      await expect(storage.read(CHUNK, new Uint8Array(512))).rejects.toMatchObject({
        code: "image-unreachable",
        message: expect.stringContaining("502"),
      });
      await reads(storage, CHUNK, 512);
      await storage.close();
    });

    test("that cannot be had now is refused in words", async () => {
      image.refuses = { times: 1, status: 404 };
      await expect(page.storage({ http: image.url })).rejects.toMatchObject({
        code: "image-unreachable",
        message: expect.stringMatching(new RegExp(`^${image.url} cannot be fetched: the server says 404`)),
      });
      const { url } = image;
      image.close();
      await expect(page.storage({ http: url, options: AT_ONCE })).rejects.toMatchObject({
        code: "image-unreachable",
        message: expect.stringContaining("The server is down"),
      });
      await context.setOffline(true);
      const refused = page.storage({ http: url, options: AT_ONCE });
      await expect(refused).rejects.toMatchObject({
        code: "image-unreachable",
        message: expect.stringContaining("this computer is offline"),
      });
      await context.setOffline(false);
    });

    test("on a server without ranges is refused, with what to do", async () => {
      image.ranges = false;
      await expect(page.storage({ http: image.url })).rejects.toMatchObject({
        code: "image-no-ranges",
        message: expect.stringMatching(/It sent the whole file instead\.\nUse a server that does/),
      });
    });

    test("on a server that shows other origins nothing is read all the same", async () => {
      image.exposes = "";
      const storage = await page.storage({ http: image.url });
      expect(storage.bytes).toBe(content.length);
      await reads(storage, 7 * CHUNK, 4096);
      await storage.close();
    });

    test.each([
      ["its ETag", { etag: '"two"' }],
      [
        "its time",
        { etag: undefined, modified: "Mon, 01 Jun 2026 10:00:01 GMT", exposes: "Content-Range, Last-Modified" },
      ],
      ["its size", { image: inMemory(content.subarray(512)) }],
    ])("that changes, as %s tells, is not mixed with what was read before", async (_, change) => {
      const storage = await page.storage({ http: image.url, options: AT_ONCE });
      await reads(storage, CHUNK, 512);
      Object.assign(image, change);
      await expect(storage.read(9 * CHUNK, new Uint8Array(512))).rejects.toMatchObject({ code: "image-changed" });
      await storage.close();
    });

    test("that is no disk image is refused", async () => {
      image.image = inMemory(content.subarray(0, 1000));
      await expect(page.storage({ http: image.url })).rejects.toMatchObject({ code: "disk-size" });
      image.image = inMemory(new Uint8Array(0));
      await expect(page.storage({ http: image.url })).rejects.toMatchObject({ code: "disk-size" });
    });

    test("below a disk that is kept costs few requests, and is known again", async () => {
      image.image = inMemory(noise(400 * CHUNK));
      const wish = { disk: { image: image.url, keep: "known" } };
      await (await page.storage(wish)).close();
      expect(image.asked.length).toBeLessThan(12);
      await (await page.storage(wish)).close();
      expect(await page.reports()).toEqual([]);
      const other = image.image.read(0, 400 * CHUNK).slice();
      other[1024] ^= 1;
      image.image = inMemory(other);
      image.etag = '"two"';
      await expect(page.storage(wish)).rejects.toMatchObject({
        code: "overlay-base",
        message: expect.stringContaining('throw the overlay away: resetDisk("known")'),
      });
      const anew = await page.storage({ disk: { image: image.url, keep: "anew" } });
      const into = new Uint8Array(4096);
      await anew.read(0, into);
      expect(Buffer.compare(into, other.subarray(0, 4096))).toBe(0);
      await anew.close();
    });
  });

  describe("a disk that is kept", () => {
    test("and began empty is zeroes with what was written", async () => {
      const disk = { keep: "empty", bytes: 1 << 30 };
      const first = await page.storage({ disk });
      await first.write((1 << 30) - 4096, noise(4096));
      await first.close();
      const second = await page.storage({ disk: { keep: "empty" } });
      expect(second.bytes).toBe(1 << 30);
      const into = new Uint8Array(8192);
      await second.read((1 << 30) - 8192, into);
      expect(Buffer.compare(into, Buffer.concat([new Uint8Array(4096), noise(4096)]))).toBe(0);
      await second.close();
    });

    test("and is open is refused to another tab, until that is closed", async () => {
      const disk = { keep: "shared", bytes: 1 << 20 };
      const first = await page.storage({ disk });
      await first.write(0, noise(512));
      await first.flush();
      const tab = await StoragePage.open(context, server);
      await expect(tab.storage({ disk })).rejects.toMatchObject({
        code: "disk-in-use",
        message: expect.stringMatching(/^The disk "shared" is in use, here or in another tab/),
      });
      await first.close();
      const second = await tab.storage({ disk });
      await expect(page.storage({ disk })).rejects.toMatchObject({ code: "disk-in-use" });
      await tab.page.close();
      const third = await page.storage({ disk });
      expect(second.bytes).toBe(third.bytes);
      await third.close();
    });

    test("and is not there is neither made nor called empty", async () => {
      await expect(page.storage({ disk: { keep: "nothing" } })).rejects.toMatchObject({ code: "disk-not-kept" });
      const wish = { image: "http://127.0.0.1:1/", keep: "nothing" };
      await expect(page.storage({ disk: wish })).rejects.toMatchObject({ code: "image-unreachable" });
      await expect(page.storage({ disk: { keep: "nothing" } })).rejects.toMatchObject({ code: "disk-not-kept" });
    });

    test("a file of OPFS that another Worker has is refused in words", async () => {
      const file = await page.storage({ opfs: "held" });
      const tab = await StoragePage.open(context, server);
      await expect(tab.storage({ opfs: "held" })).rejects.toMatchObject({
        code: "disk-in-use",
        message: expect.stringContaining("another tab"),
      });
      await tab.page.close();
      await file.close();
    });

    test("fails what does not fit into the quota, says so, and keeps what was there", async () => {
      const storage = await page.storage({ disk: { keep: "large", bytes: 1 << 30 } });
      await storage.write(0, noise(4096));
      await storage.flush();
      const devtools = await context.newCDPSession(page.page);
      const { usage } = await devtools.send("Storage.getUsageAndQuota", { origin: server.url });
      await devtools.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: usage + (1 << 20) });
      const writing = async () => {
        for (let n = 1; n < 8; n++) await storage.write(n << 20, noise(1 << 20));
      };
      await expect(writing()).rejects.toMatchObject({
        code: "disk-full",
        message: expect.stringMatching(/^The disk "large" cannot grow: the browser gives this page no more room/),
      });
      await devtools.send("Storage.overrideQuotaForOrigin", { origin: server.url });
      await storage.write(3 << 20, noise(1 << 20));
      await storage.close();
      const again = await page.storage({ disk: { keep: "large" } });
      for (const [offset, bytes] of [
        [0, 4096],
        [3 << 20, 1 << 20],
      ] as const) {
        const into = new Uint8Array(bytes);
        await again.read(offset, into);
        expect(Buffer.compare(into, noise(bytes))).toBe(0);
      }
      await again.close();
    });
  });
});
