import { describe, expect, it } from "vitest";
import { INTERRUPT_CONFIG, INTERRUPT_USED, QUEUE_DESC, QUEUE_NUM, RAM_PA } from "../../assembly/abi.js";
import type { Backend } from "../../host-js/common/devices/backend.js";
import type { Chain } from "../../host-js/common/devices/chain.js";
import { join, slice } from "../../host-js/common/devices/chain.js";
import type { Slot } from "../../host-js/common/devices/slot.js";
import { STATUS_DEVICE_NEEDS_RESET, STATUS_FEATURES_OK } from "../../host-js/common/devices/slot.js";
import { BUFFERS_PA, type Descriptor, FakeDriver, INDIRECT, NEXT, RAM_BYTES, WRITE } from "./fakes.js";

/** Keeps every chain that it gets; answers at once when told a number of bytes. */
class Recorder implements Backend {
  readonly deviceId = 42;
  readonly features = [3];
  readonly queueSizes = [64];
  readonly config = new Uint8Array(4);
  readonly chains: Chain[] = [];
  answer: number | undefined;
  slot!: Slot;

  attach(slot: Slot): void {
    this.slot = slot;
  }

  notify(queue: number): void {
    this.slot.serve(queue, (chain) => {
      this.chains.push(chain);
      return this.answer ?? new Promise<number>(() => undefined);
    });
  }
}

function set(options: { eventIdx?: boolean; answer?: number } = {}) {
  const device = new Recorder();
  device.answer = options.answer;
  const driver = new FakeDriver(device, options);
  return { device, driver };
}

const IN: Descriptor = { pa: BUFFERS_PA, bytes: 16 };
const OUT: Descriptor = { pa: BUFFERS_PA + 0x1000, bytes: 512, flags: WRITE };

describe("a virtqueue", () => {
  it("pop() gives readable and writable buffers in the driver's order", () => {
    const { device, driver } = set();
    driver.offer([IN, { pa: BUFFERS_PA + 64, bytes: 8 }, OUT], 2);
    driver.slot.notified(0);
    expect(device.chains).toEqual([
      {
        head: 2,
        epoch: 0,
        readable: [
          { pa: BUFFERS_PA, bytes: 16 },
          { pa: BUFFERS_PA + 64, bytes: 8 },
        ],
        writable: [{ pa: BUFFERS_PA + 0x1000, bytes: 512 }],
        readableBytes: 24,
        writableBytes: 512,
      },
    ]);
  });

  it("pop() follows an indirect table, also after direct descriptors [virtio 2.7.5.3.1]", () => {
    const { device, driver } = set();
    const tablePa = BUFFERS_PA + 0x8000;
    driver.writeDescriptor(tablePa, 0, { pa: BUFFERS_PA + 32, bytes: 4, flags: NEXT, next: 2 });
    driver.writeDescriptor(tablePa, 2, { ...OUT });
    driver.offer([IN, { pa: tablePa, bytes: 48, flags: INDIRECT }]);
    driver.slot.notified(0);
    expect(device.chains[0]!.readable.map(({ bytes }) => bytes)).toEqual([16, 4]);
    expect(device.chains[0]!.writableBytes).toBe(512);
  });

  it("pop() goes round the ring many times", () => {
    const { device, driver } = set({ answer: 1 });
    for (let i = 0; i < 70_000; i++) {
      driver.offer([IN], i % 8);
      driver.slot.notified(0);
    }
    expect(device.chains.length).toBe(70_000);
    expect(driver.memory.readU16(driver.usedPa() + 2)).toBe(70_000 % 65_536);
  });

  it("push() writes elements in the order of completion, each once", async () => {
    const { device, driver } = set();
    driver.offer([IN], 0);
    driver.offer([OUT], 1);
    driver.slot.notified(0);
    driver.slot.complete(0, device.chains[1]!, 512);
    driver.slot.complete(0, device.chains[0]!, 0);
    expect(driver.used()).toEqual([
      [1, 512],
      [0, 0],
    ]);
  });

  it("push() tells the core of every byte that it wrote", () => {
    const { device, driver } = set();
    driver.offer([IN]);
    driver.slot.notified(0);
    driver.core.wrote.length = 0;
    driver.slot.complete(0, device.chains[0]!, 0);
    expect(driver.core.wrote.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(8 + 2);
  });

  const broken: [string, (driver: FakeDriver) => void][] = [
    ["a head outside the table", (driver) => driver.makeAvailable(8)],
    ["a next outside the table", (driver) => driver.offer([{ ...IN, flags: NEXT, next: 200 }])],
    ["a chain that bites its tail", (driver) => driver.offer([{ ...IN, flags: NEXT, next: 0 }])],
    ["a buffer below RAM", (driver) => driver.offer([{ pa: RAM_PA - 8, bytes: 16 }])],
    ["a buffer that ends behind RAM", (driver) => driver.offer([{ pa: RAM_PA + RAM_BYTES - 8, bytes: 9 }])],
    ["a buffer of 4 GiB", (driver) => driver.offer([{ pa: RAM_PA, bytes: 0xffff_ffff }])],
    ["a buffer at the end of the address space", (driver) => driver.offer([{ pa: 0xffff_ffff_ffff_fff0n, bytes: 16 }])],
    ["a readable buffer after a writable one", (driver) => driver.offer([OUT, IN])],
    ["an available index too far ahead", (driver) => driver.setAvailIndex(9)],
    ["an indirect table of odd size", (driver) => driver.offer([{ ...IN, bytes: 24, flags: INDIRECT }])],
    ["an empty indirect table", (driver) => driver.offer([{ ...IN, bytes: 0, flags: INDIRECT }])],
    ["an indirect table outside RAM", (driver) => driver.offer([{ pa: 0, bytes: 32, flags: INDIRECT }])],
    [
      "an indirect table within another",
      (driver) => {
        driver.writeDescriptor(BUFFERS_PA, 0, { pa: BUFFERS_PA + 64, bytes: 16, flags: INDIRECT });
        driver.offer([{ pa: BUFFERS_PA, bytes: 16, flags: INDIRECT }]);
      },
    ],
    ["an indirect descriptor with a next one", (driver) => driver.offer([{ ...IN, flags: INDIRECT }, OUT])],
    [
      "a loop in an indirect table",
      (driver) => {
        driver.writeDescriptor(BUFFERS_PA, 0, { pa: BUFFERS_PA + 64, bytes: 16, flags: NEXT, next: 1 });
        driver.writeDescriptor(BUFFERS_PA, 1, { pa: BUFFERS_PA + 64, bytes: 16, flags: NEXT, next: 0 });
        driver.offer([{ pa: BUFFERS_PA, bytes: 32, flags: INDIRECT }]);
      },
    ],
    ["a queue size that is no power of two", (driver) => driver.setQueue(0, QUEUE_NUM, 6)],
    ["a queue size beyond the device's", (driver) => driver.setQueue(0, QUEUE_NUM, 128)],
    ["rings outside RAM", (driver) => driver.setQueue(0, QUEUE_DESC, 0x1000)],
    ["rings that are not aligned", (driver) => driver.setQueue(0, QUEUE_DESC, driver.descPa() + 8)],
  ];
  it.each(broken)("sets DEVICE_NEEDS_RESET for %s", (_, breakIt) => {
    const { device, driver } = set();
    breakIt(driver);
    driver.slot.notified(0);
    expect(device.chains).toEqual([]);
    expect(driver.status & STATUS_DEVICE_NEEDS_RESET).not.toBe(0);
    expect(driver.core.raised).toEqual([[0, INTERRUPT_CONFIG]]);
    driver.slot.notified(0);
    expect(driver.core.raised.length).toBe(1);
  });

  it("works again after a broken driver has reset the device", async () => {
    const { device, driver } = set({ answer: 0 });
    driver.makeAvailable(8);
    driver.slot.notified(0);
    await driver.writeStatus(0);
    driver.start();
    driver.offer([IN]);
    driver.slot.notified(0);
    expect(device.chains.length).toBe(1);
    expect(driver.used()).toEqual([[0, 0]]);
  });

  it("survives a driver that moves its rings out of RAM while a request is in flight", () => {
    const { device, driver } = set();
    driver.offer([IN]);
    driver.slot.notified(0);
    driver.setQueue(0, QUEUE_DESC, 0);
    driver.slot.complete(0, device.chains[0]!, 0);
    expect(driver.status & STATUS_DEVICE_NEEDS_RESET).not.toBe(0);
  });

  it("drops completions from before a reset", async () => {
    const { device, driver } = set();
    driver.offer([IN]);
    driver.slot.notified(0);
    await driver.writeStatus(0);
    driver.start();
    driver.core.raised.length = 0;
    driver.slot.complete(0, device.chains[0]!, 0);
    expect(driver.used()).toEqual([]);
    expect(driver.core.raised).toEqual([]);
  });

  it("ignores a notification before DRIVER_OK and looks into the queues at DRIVER_OK", async () => {
    const { device, driver } = set();
    await driver.writeStatus(0);
    driver.slot.notified(0);
    expect(device.chains).toEqual([]);
    driver.start();
    void driver.writeStatus(1 | 2 | 8);
    driver.offer([IN]);
    driver.slot.notified(0);
    expect(device.chains).toEqual([]);
    void driver.writeStatus(1 | 2 | 8 | 4);
    expect(device.chains.length).toBe(1);
  });
});

describe("interrupts of a virtqueue", () => {
  it("come once for all requests that were answered together", () => {
    const { driver } = set({ answer: 0 });
    driver.offer([IN], 0);
    driver.offer([IN], 1);
    driver.slot.notified(0);
    expect(driver.core.raised).toEqual([[0, INTERRUPT_USED]]);
  });

  it("stay away while the driver has set NO_INTERRUPT", () => {
    const { driver } = set({ answer: 0 });
    driver.offer([IN], 0);
    driver.slot.notified(0);
    driver.core.raised.length = 0;
    driver.setAvailFlags(1);
    driver.offer([IN], 1);
    driver.slot.notified(0);
    expect(driver.core.raised).toEqual([]);
  });

  it("come when the used index passes used_event [virtio 2.7.7.2]", () => {
    const { driver } = set({ answer: 0, eventIdx: true });
    const raisedAfter: number[] = [];
    driver.setUsedEvent(2);
    for (let i = 0; i < 5; i++) {
      driver.offer([IN], i);
      driver.slot.notified(0);
      raisedAfter.push(driver.core.raised.length);
    }
    // The first one always comes: the device cannot know what the driver saw before.
    expect(raisedAfter).toEqual([1, 1, 2, 2, 2]);
  });

  it("avail_event asks for a notification of the next request once the queue is empty [virtio 2.7.10]", () => {
    const { driver } = set({ answer: 0, eventIdx: true });
    driver.offer([IN], 0);
    driver.offer([IN], 1);
    driver.slot.notified(0);
    expect(driver.availEvent()).toBe(2);
  });
});

describe("a slot", () => {
  it("takes FEATURES_OK back when the driver accepts what was not offered [virtio 3.1.1]", () => {
    const { driver } = set();
    void driver.writeStatus(0);
    driver.core.view.setBigUint64(driver.slotPtr + 0x10, (1n << 32n) | (1n << 5n), true);
    void driver.writeStatus(1 | 2 | 8);
    expect(driver.status & STATUS_FEATURES_OK).toBe(0);
  });

  it("takes FEATURES_OK back from a driver that is older than virtio 1", () => {
    const { driver } = set();
    void driver.writeStatus(0);
    driver.core.view.setBigUint64(driver.slotPtr + 0x10, 1n << 3n, true);
    void driver.writeStatus(1 | 2 | 8);
    expect(driver.status & STATUS_FEATURES_OK).toBe(0);
  });
});

describe("buffers of a chain", () => {
  const buffers = [
    { pa: 100, bytes: 10 },
    { pa: 110, bytes: 6 },
    { pa: 500, bytes: 20 },
  ];

  it("slice() cuts across buffers", () => {
    expect(slice(buffers, 8, 12)).toEqual([
      { pa: 108, bytes: 2 },
      { pa: 110, bytes: 6 },
      { pa: 500, bytes: 4 },
    ]);
  });

  it("join() makes one of neighbours", () => {
    expect(join(buffers)).toEqual([
      { pa: 100, bytes: 16 },
      { pa: 500, bytes: 20 },
    ]);
  });
});
