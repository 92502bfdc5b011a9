import { describe, expect, it } from "vitest";
import { BlockBackend } from "../../host-js/common/devices/block.js";
import { BUFFERS_PA, type Descriptor, FakeDriver, FakeStorage, settle, WRITE } from "./fakes.js";

const IN = 0;
const OUT = 1;
const FLUSH = 4;
const GET_ID = 8;
const DISCARD = 11;
const WRITE_ZEROES = 13;

const FEATURE_FLUSH = 9;

const OK = 0;
const IOERR = 1;
const UNSUPP = 2;
const NOT_YET = 0xee;

const HEADER_PA = BUFFERS_PA;
const STATUS_PA = BUFFERS_PA + 0x100;
const DATA_PA = BUFFERS_PA + 0x1000;

/** A disk with its driver. */
class Disk {
  readonly reports: string[] = [];
  readonly driver: FakeDriver;
  #requests = 0;

  constructor(
    readonly storage = new FakeStorage(64 * 512),
    features: readonly number[] = [FEATURE_FLUSH],
  ) {
    this.driver = new FakeDriver(new BlockBackend(storage, "cobd7", (text) => this.reports.push(text)), { number: 7 });
    void this.driver.writeStatus(0);
    this.driver.start(features.reduce((bits, feature) => bits | (1n << BigInt(feature)), 0n));
  }

  /** Starts a request and returns a function that reads its status byte. */
  request(type: number, sector: number, data: readonly Descriptor[] = []): () => number {
    const n = this.#requests++;
    const headerPa = HEADER_PA + n * 16;
    const statusPa = STATUS_PA + n;
    this.driver.memory.write(headerPa, header(type, sector));
    this.driver.memory.write(statusPa, Uint8Array.of(NOT_YET));
    this.driver.offer([{ pa: headerPa, bytes: 16 }, ...data, { pa: statusPa, bytes: 1, flags: WRITE }], (n % 2) * 4);
    this.driver.slot.notified(0);
    return () => this.driver.memory.ramView(statusPa, 1)[0]!;
  }

  ram(bytes: number, pa = DATA_PA): Uint8Array {
    return this.driver.memory.ramView(pa, bytes);
  }
}

function header(type: number, sector: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setBigUint64(8, BigInt(sector), true);
  return bytes;
}

function range(sector: number, sectors: number, flags = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(sector), true);
  view.setUint32(8, sectors, true);
  view.setUint32(12, flags, true);
  return bytes;
}

describe("a block device", () => {
  it("reads into guest RAM and says how much it wrote", () => {
    const disk = new Disk();
    const status = disk.request(IN, 3, [{ pa: DATA_PA, bytes: 1024, flags: WRITE }]);
    expect(status()).toBe(OK);
    expect(disk.ram(1024)).toEqual(disk.storage.data.subarray(3 * 512, 5 * 512));
    expect(disk.driver.used()).toEqual([[0, 1025]]);
    expect(disk.driver.core.raised).toEqual([[7, 1]]);
  });

  it("reads scattered buffers with one call per piece of memory", () => {
    const disk = new Disk();
    disk.request(IN, 0, [
      { pa: DATA_PA, bytes: 512, flags: WRITE },
      { pa: DATA_PA + 512, bytes: 512, flags: WRITE },
    ]);
    expect(disk.storage.calls).toEqual(["read 0 1024"]);
  });

  it("tells the core which memory a read has filled", () => {
    const disk = new Disk();
    disk.driver.core.wrote.length = 0;
    disk.request(IN, 0, [{ pa: DATA_PA, bytes: 512, flags: WRITE }]);
    expect(disk.driver.core.wrote.some(([, bytes]) => bytes === 512)).toBe(true);
  });

  it("writes what lies in guest RAM", () => {
    const disk = new Disk();
    disk.driver.memory.fill(DATA_PA, 512, 0xab);
    const status = disk.request(OUT, 63, [{ pa: DATA_PA, bytes: 512 }]);
    expect(status()).toBe(OK);
    expect(disk.storage.data.subarray(63 * 512)).toEqual(new Uint8Array(512).fill(0xab));
  });

  it("takes a request in whatever pieces the driver cuts it into [virtio 2.7.4]", () => {
    const disk = new Disk();
    const { driver } = disk;
    driver.memory.write(HEADER_PA, header(IN, 1));
    driver.offer([
      { pa: HEADER_PA, bytes: 5 },
      { pa: HEADER_PA + 5, bytes: 11 },
      { pa: DATA_PA, bytes: 100, flags: WRITE },
      { pa: DATA_PA + 0x1000, bytes: 413, flags: WRITE },
    ]);
    driver.slot.notified(0);
    expect(disk.ram(100)).toEqual(disk.storage.data.subarray(512, 612));
    expect(disk.ram(412, DATA_PA + 0x1000)).toEqual(disk.storage.data.subarray(612, 1024));
    expect(disk.ram(1, DATA_PA + 0x1000 + 412)[0]).toBe(OK);
  });

  it("answers in the order in which the storage does", async () => {
    const disk = new Disk();
    disk.storage.later = true;
    const first = disk.request(IN, 0, [{ pa: DATA_PA, bytes: 512, flags: WRITE }]);
    const second = disk.request(IN, 1, [{ pa: DATA_PA + 512, bytes: 512, flags: WRITE }]);
    expect(disk.driver.used()).toEqual([]);
    await disk.storage.waiting[1]!.finish();
    expect([first(), second()]).toEqual([NOT_YET, OK]);
    await disk.storage.waiting[0]!.finish();
    expect(disk.driver.used().map(([head]) => head)).toEqual([4, 0]);
  });

  it("flush returns when the storage has flushed", async () => {
    const disk = new Disk();
    disk.storage.later = true;
    const status = disk.request(FLUSH, 0);
    expect(status()).toBe(NOT_YET);
    await disk.storage.waiting[0]!.finish();
    expect(status()).toBe(OK);
  });

  it("gives its name as serial number", () => {
    const disk = new Disk();
    const status = disk.request(GET_ID, 0, [{ pa: DATA_PA, bytes: 20, flags: WRITE }]);
    expect(status()).toBe(OK);
    expect(new TextDecoder().decode(disk.ram(20)).replace(/\0+$/, "")).toBe("cobd7");
  });

  it("accepts discard and changes nothing", () => {
    const disk = new Disk();
    disk.driver.memory.write(DATA_PA, range(0, 64));
    expect(disk.request(DISCARD, 0, [{ pa: DATA_PA, bytes: 16 }])()).toBe(OK);
    expect(disk.storage.calls).toEqual([]);
  });

  it("write-zeroes writes zeroes, in several ranges", async () => {
    const disk = new Disk();
    disk.driver.memory.write(DATA_PA, range(1, 2));
    disk.driver.memory.write(DATA_PA + 16, range(10, 1, 1));
    const status = disk.request(WRITE_ZEROES, 0, [{ pa: DATA_PA, bytes: 32 }]);
    await settle();
    expect(status()).toBe(OK);
    expect(disk.storage.calls).toEqual(["write 512 1024", "write 5120 512"]);
    expect(disk.storage.data.subarray(512, 1536).every((byte) => byte === 0)).toBe(true);
  });

  it("leaves discard and write-zeroes to a storage that has them", async () => {
    const calls: string[] = [];
    const able = Object.assign(new FakeStorage(64 * 512), {
      discard: (offset: number, bytes: number) => void calls.push(`discard ${offset} ${bytes}`),
      writeZeroes: (offset: number, bytes: number) => void calls.push(`zero ${offset} ${bytes}`),
    });
    const disk = new Disk(able);
    disk.driver.memory.write(DATA_PA, range(1, 2));
    disk.driver.memory.write(DATA_PA + 16, range(10, 1));
    const statuses = [DISCARD, WRITE_ZEROES].map((type) => disk.request(type, 0, [{ pa: DATA_PA, bytes: 32 }]));
    await settle();
    expect(statuses.map((status) => status())).toEqual([OK, OK]);
    expect(calls.toSorted()).toEqual(["discard 512 1024", "discard 5120 512", "zero 512 1024", "zero 5120 512"]);
    expect(disk.storage.calls).toEqual([]);
  });

  it.each([
    ["a read that begins behind the end", IN, 64, 512],
    ["a read that ends behind the end", IN, 63, 1024],
    ["a read of half a sector", IN, 0, 100],
    ["a read at the end of the number range", IN, 2 ** 60, 512],
    ["a write behind the end", OUT, 64, 512],
  ])("answers IOERR to %s", (_, type, sector, bytes) => {
    const disk = new Disk();
    const status = disk.request(type, sector, [{ pa: DATA_PA, bytes, flags: type === IN ? WRITE : 0 }]);
    expect(status()).toBe(IOERR);
    expect(disk.storage.calls).toEqual([]);
    expect(disk.reports).toEqual([]);
  });

  it.each([
    ["discard of sectors that are not there", DISCARD, range(60, 5), IOERR],
    ["write-zeroes of sectors that are not there", WRITE_ZEROES, range(2 ** 50, 1), IOERR],
    ["write-zeroes with half a range", WRITE_ZEROES, range(0, 1).subarray(0, 12), IOERR],
    ["discard with the unmap flag", DISCARD, range(0, 1, 1), UNSUPP],
    ["write-zeroes with an unknown flag", WRITE_ZEROES, range(0, 1, 2), UNSUPP],
  ])("refuses %s", (_, type, bytes, expected) => {
    const disk = new Disk();
    disk.driver.memory.write(DATA_PA, bytes);
    expect(disk.request(type, 0, [{ pa: DATA_PA, bytes: bytes.length }])()).toBe(expected);
  });

  it("answers UNSUPP to an unknown request", () => {
    expect(new Disk().request(99, 0)()).toBe(UNSUPP);
  });

  it("refuses to write to a read-only disk and offers the driver neither discard nor write-zeroes", () => {
    const disk = new Disk(new FakeStorage(64 * 512, true));
    expect(disk.request(OUT, 0, [{ pa: DATA_PA, bytes: 512 }])()).toBe(IOERR);
    expect(disk.storage.calls).toEqual([]);
    const features = new BlockBackend(disk.storage, "cobd0", () => undefined).features;
    expect(features).toContain(5);
    expect(features).not.toContain(13);
    expect(features).not.toContain(14);
  });

  it("survives requests without a header or without a status byte", () => {
    const disk = new Disk();
    disk.driver.offer([{ pa: HEADER_PA, bytes: 16 }], 0);
    disk.driver.offer([{ pa: STATUS_PA, bytes: 1, flags: WRITE }], 1);
    disk.driver.slot.notified(0);
    expect(disk.driver.used()).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(disk.ram(1, STATUS_PA)[0]).toBe(IOERR);
  });
});

describe("a block device whose driver knows no flush", () => {
  it("completes a write when the storage has flushed it [virtio 5.2.6.2]", async () => {
    const disk = new Disk(new FakeStorage(64 * 512), []);
    disk.storage.later = true;
    const status = disk.request(OUT, 1, [{ pa: DATA_PA, bytes: 512 }]);
    await disk.storage.waiting[0]!.finish();
    expect(status()).toBe(NOT_YET);
    await disk.storage.waiting[1]!.finish();
    expect(status()).toBe(OK);
    expect(disk.storage.calls).toEqual(["write 512 512", "flush"]);
  });

  it("completes zeroes when the storage has flushed them", async () => {
    const disk = new Disk(new FakeStorage(64 * 512), []);
    disk.driver.memory.write(DATA_PA, range(1, 2));
    const status = disk.request(WRITE_ZEROES, 0, [{ pa: DATA_PA, bytes: 16 }]);
    await settle();
    expect(status()).toBe(OK);
    expect(disk.storage.calls).toEqual(["write 512 1024", "flush"]);
  });

  it("flushes neither reads nor what it has refused", () => {
    const disk = new Disk(new FakeStorage(64 * 512), []);
    disk.request(IN, 0, [{ pa: DATA_PA, bytes: 512, flags: WRITE }]);
    disk.request(OUT, 64, [{ pa: DATA_PA, bytes: 512 }]);
    expect(disk.storage.calls).toEqual(["read 0 512"]);
  });
});

describe("a block device whose storage fails", () => {
  it("tells the user of each kind of failure, by its code", async () => {
    const disk = new Disk();
    for (const [code, message] of [
      ["ENOSPC", "full"],
      ["EIO", "bad sector 1"],
      ["ENOSPC", "full"],
      ["EIO", "bad sector 2"],
    ]) {
      disk.storage.write = () => {
        throw Object.assign(new Error(message), { code });
      };
      const status = disk.request(OUT, 0, [{ pa: DATA_PA, bytes: 512 }]);
      await settle();
      expect(status()).toBe(IOERR);
    }
    expect(disk.reports).toEqual([
      "cobd7: the guest got an I/O error: full",
      "cobd7: the guest got an I/O error: bad sector 1",
    ]);
  });

  it("serves the guest again when the storage does", async () => {
    const disk = new Disk();
    disk.storage.fails = true;
    const refused = disk.request(OUT, 0, [{ pa: DATA_PA, bytes: 512 }]);
    await settle();
    expect(refused()).toBe(IOERR);
    disk.storage.fails = false;
    expect(disk.request(OUT, 0, [{ pa: DATA_PA, bytes: 512 }])()).toBe(OK);
  });

  it("answers IOERR and tells the user once, whether the storage throws or rejects", async () => {
    const disk = new Disk();
    disk.storage.fails = true;
    const thrown = disk.request(IN, 0, [{ pa: DATA_PA, bytes: 512, flags: WRITE }]);
    disk.storage.fails = false;
    disk.storage.later = true;
    const rejected = disk.request(FLUSH, 0);
    await disk.storage.waiting[0]!.finish(new Error("the medium is gone"));
    await settle();
    expect([thrown(), rejected()]).toEqual([IOERR, IOERR]);
    expect(disk.reports).toEqual(["cobd7: the guest got an I/O error: the medium is gone"]);
  });

  it("waits for all pieces of a request before it reports the failure of one", async () => {
    const disk = new Disk();
    disk.storage.later = true;
    const status = disk.request(IN, 0, [
      { pa: DATA_PA, bytes: 512, flags: WRITE },
      { pa: DATA_PA + 0x1000, bytes: 512, flags: WRITE },
    ]);
    await disk.storage.waiting[0]!.finish(new Error("bad sector"));
    expect(status()).toBe(NOT_YET);
    await disk.storage.waiting[1]!.finish();
    expect(status()).toBe(IOERR);
  });
});

describe("reset of a block device", () => {
  it("waits for requests in flight and drops their completions", async () => {
    const disk = new Disk();
    disk.storage.later = true;
    const status = disk.request(IN, 0, [{ pa: DATA_PA, bytes: 512, flags: WRITE }]);
    let reset = false;
    const waiting = Promise.resolve(disk.driver.writeStatus(0)).then(() => {
      reset = true;
    });
    await settle();
    expect(reset).toBe(false);
    disk.driver.core.raised.length = 0;
    await disk.storage.waiting[0]!.finish();
    await waiting;
    expect(status()).toBe(NOT_YET);
    expect(disk.driver.core.raised).toEqual([]);
    disk.driver.start();
    expect(disk.driver.used()).toEqual([]);
  });

  it("lets the storage give up what it waits for, which is nobody's failure", async () => {
    const disk = new Disk();
    disk.storage.later = true;
    const abandon = () => void disk.storage.waiting[0]!.finish(new Error("given up"));
    Object.assign(disk.storage, { abandon });
    const status = disk.request(IN, 0, [{ pa: DATA_PA, bytes: 512, flags: WRITE }]);
    await disk.driver.writeStatus(0);
    expect(status()).toBe(NOT_YET);
    expect(disk.reports).toEqual([]);
  });

  it("does not wait when nothing is in flight", () => {
    expect(new Disk().driver.writeStatus(0)).toBeUndefined();
  });
});
