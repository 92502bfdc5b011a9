/*
 * The socket device against a driver in the test's hands, which speaks the protocol packet by packet and also breaks its rules.
 */

import { beforeEach, describe, expect, it } from "vitest";
import { VsockBackend } from "../../host-js/common/devices/vsock/backend.js";
import { WINDOW_BYTES } from "../../host-js/common/devices/vsock/connection.js";
import {
  GUEST_CID,
  HEADER_BYTES,
  HOST_CID,
  OP_CREDIT_REQUEST,
  OP_CREDIT_UPDATE,
  OP_REQUEST,
  OP_RESPONSE,
  OP_RST,
  OP_RW,
  OP_SHUTDOWN,
  type Packet,
  packetHeader,
  readPacket,
  SHUTDOWN_BOTH,
  SHUTDOWN_RCV,
  SHUTDOWN_SEND,
  TYPE_STREAM,
} from "../../host-js/common/devices/vsock/packet.js";
import type { Duplex } from "../../host-js/common/ports.js";
import { BUFFERS_PA, FakeDriver, settle, WRITE } from "./fakes.js";

const RECEIVE = 0;
const TRANSMIT = 1;
const EVENT = 2;
const QUEUE_SIZE = 8;
const BUFFER_BYTES = 4096;
const PORT = 77;
const GUEST_BUF_ALLOC = 40_000;

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

interface Received extends Packet {
  readonly data: Uint8Array;
}

/** A driver that keeps all its receive buffers posted and remembers what came in them. */
class Guest {
  readonly backend = new VsockBackend();
  readonly driver = new FakeDriver(this.backend);
  readonly heard: Received[] = [];
  #taken = 0;
  #sent = 0;

  constructor() {
    for (let i = 0; i < QUEUE_SIZE; i++) this.#post(i);
    this.driver.slot.notified(RECEIVE);
  }

  /** Brings the device up again after a reset. */
  start(): void {
    this.driver.start();
    this.#taken = 0;
    this.#sent = 0;
    for (let i = 0; i < QUEUE_SIZE; i++) this.#post(i);
  }

  #post(index: number, bytes = BUFFER_BYTES): void {
    this.driver.offer([{ pa: BUFFERS_PA + index * BUFFER_BYTES, bytes, flags: WRITE }], index, RECEIVE);
  }

  /** What has come since the last call; the buffers are posted again. */
  hear(repost = true): Received[] {
    const news: Received[] = [];
    for (let used = this.driver.used(RECEIVE); this.#taken < used.length; used = this.driver.used(RECEIVE)) {
      const [head, bytes] = used[this.#taken++]!;
      const content = this.driver.memory.ramView(BUFFERS_PA + head * BUFFER_BYTES, bytes).slice();
      if (bytes > 0) news.push({ ...readPacket(content), data: content.subarray(HEADER_BYTES) });
      if (repost) {
        this.#post(head);
        this.driver.slot.notified(RECEIVE);
      }
    }
    this.heard.push(...news);
    return news;
  }

  /** Sends a packet, with more or less data than it says when `data` is given. */
  send(packet: Partial<Packet>, data: Uint8Array = new Uint8Array(0)): void {
    const pa = BUFFERS_PA + 2 ** 20;
    const whole = {
      srcCid: GUEST_CID,
      dstCid: HOST_CID,
      srcPort: 1000,
      dstPort: PORT,
      len: data.length,
      type: TYPE_STREAM,
      op: OP_RW,
      flags: 0,
      bufAlloc: GUEST_BUF_ALLOC,
      fwdCnt: 0,
      ...packet,
    };
    this.driver.memory.write(pa, packetHeader(whole));
    this.driver.memory.write(pa + HEADER_BYTES, data);
    this.transmit(HEADER_BYTES + data.length);
  }

  transmit(bytes: number): void {
    const pa = BUFFERS_PA + 2 ** 20;
    this.driver.offer([{ pa, bytes }], this.#sent++ % QUEUE_SIZE, TRANSMIT);
    this.driver.slot.notified(TRANSMIT);
  }

  /** A connection of the guest that the host has accepted. */
  connected(srcPort = 1000): Duplex {
    let accepted: Duplex | undefined;
    const stop = this.backend.listen(PORT, (connection) => {
      accepted = connection;
    });
    this.send({ op: OP_REQUEST, srcPort });
    stop();
    expect(this.hear().map(({ op }) => op)).toEqual([OP_RESPONSE]);
    return accepted!;
  }
}

let guest: Guest;
beforeEach(() => {
  guest = new Guest();
});

describe("a connection of the guest", () => {
  it("is accepted where the host listens, with credit", () => {
    guest.connected();
    expect(guest.heard[0]).toMatchObject({
      srcCid: HOST_CID,
      dstCid: GUEST_CID,
      srcPort: PORT,
      dstPort: 1000,
      op: OP_RESPONSE,
      bufAlloc: WINDOW_BYTES,
      fwdCnt: 0,
    });
  });

  it("is refused elsewhere", () => {
    guest.send({ op: OP_REQUEST, dstPort: 78 });
    expect(guest.hear()).toMatchObject([{ op: OP_RST, srcPort: 78, dstPort: 1000 }]);
  });

  it("carries bytes both ways, in pieces as large as the buffers", async () => {
    const { readable, writable } = guest.connected();
    guest.send({}, encode("hello "));
    guest.send({}, encode("host"));
    const reader = readable.getReader();
    expect(decode((await reader.read()).value)).toBe("hello host");
    const written = writable.getWriter().write(encode("x".repeat(9000)));
    await settle();
    const parts = guest.hear().filter(({ op }) => op === OP_RW);
    expect(parts.map(({ len }) => len)).toEqual([4052, 4052, 896]);
    await written;
  });

  it("gathers small writes that wait, and sends the first at once", async () => {
    const { writable } = guest.connected();
    guest.send({ op: OP_CREDIT_UPDATE, bufAlloc: 1 });
    const writer = writable.getWriter();
    for (let i = 0; i < 10_000; i++) await writer.write(Uint8Array.of(i));
    expect(guest.hear()).toMatchObject([{ op: OP_RW, data: Uint8Array.of(0) }]);
    guest.send({ op: OP_CREDIT_UPDATE });
    const parts = guest.hear();
    expect(parts.map(({ len }) => len)).toEqual([4052, 4052, 1895]);
    const bytes = Buffer.concat(parts.map(({ data }) => data));
    expect(bytes.every((byte, i) => byte === ((i + 1) & 0xff))).toBe(true);
  });

  it("ends in one direction and goes on in the other", async () => {
    const { readable, writable } = guest.connected();
    const reader = readable.getReader();
    guest.send({ op: OP_RW }, encode("last"));
    guest.send({ op: OP_SHUTDOWN, flags: SHUTDOWN_SEND });
    expect(decode((await reader.read()).value)).toBe("last");
    expect((await reader.read()).done).toBe(true);
    const writer = writable.getWriter();
    await writer.write(encode("answer"));
    await writer.close();
    expect(guest.hear()).toMatchObject([
      { op: OP_RW, len: 6 },
      { op: OP_SHUTDOWN, flags: SHUTDOWN_SEND },
    ]);
    guest.send({ op: OP_SHUTDOWN, flags: SHUTDOWN_BOTH });
    expect(guest.hear()).toMatchObject([{ op: OP_RST }]);
  });

  it("says its end only behind what was written", async () => {
    const { writable } = guest.connected();
    const writer = writable.getWriter();
    void writer.write(encode("y".repeat(GUEST_BUF_ALLOC + 5)));
    const closed = writer.close();
    await settle();
    expect(new Set(guest.hear().map(({ op }) => op))).toEqual(new Set([OP_RW]));
    guest.send({ op: OP_CREDIT_UPDATE, fwdCnt: GUEST_BUF_ALLOC });
    await settle();
    expect(guest.hear()).toMatchObject([
      { op: OP_RW, len: 5 },
      { op: OP_SHUTDOWN, flags: SHUTDOWN_SEND },
    ]);
    await closed;
  });

  it("tells the guest that nobody reads, and throws away what still comes", async () => {
    const { readable } = guest.connected();
    guest.send({}, encode("unread"));
    await readable.cancel();
    expect(guest.hear()).toMatchObject([{ op: OP_SHUTDOWN, flags: SHUTDOWN_RCV, fwdCnt: 6 }]);
    for (let i = 0; i < 2 * (WINDOW_BYTES / 50_000); i++) guest.send({}, new Uint8Array(50_000));
    const news = guest.hear();
    expect(news.every(({ op }) => op === OP_CREDIT_UPDATE)).toBe(true);
    expect(news.at(-1)!.fwdCnt).toBeGreaterThan(WINDOW_BYTES);
  });

  it("fails a writer whose guest reads no more", async () => {
    const { writable, readable } = guest.connected();
    const writer = writable.getWriter();
    const written = writer.write(new Uint8Array(GUEST_BUF_ALLOC + 1));
    await settle();
    guest.send({ op: OP_SHUTDOWN, flags: SHUTDOWN_RCV });
    await expect(written).rejects.toMatchObject({ code: "connection-reset" });
    guest.send({}, encode("still talking"));
    expect(decode((await readable.getReader().read()).value)).toBe("still talking");
  });

  it("is reset by the guest: what had not been read is lost, and both directions fail", async () => {
    const { writable, readable } = guest.connected();
    guest.send({}, encode("half"));
    guest.send({ op: OP_RST });
    await expect(readable.getReader().read()).rejects.toMatchObject({ code: "connection-reset" });
    await expect(writable.getWriter().write(encode("x"))).rejects.toMatchObject({ code: "connection-reset" });
    expect(guest.hear()).toEqual([]);
  });

  it("is reset by the host", async () => {
    const connection = guest.connected();
    connection.reset();
    connection.reset();
    expect(guest.hear()).toMatchObject([{ op: OP_RST }]);
    await expect(connection.readable.getReader().read()).rejects.toMatchObject({ code: "connection-reset" });
    // What was on its way finds nobody.
    guest.send({}, encode("late"));
    expect(guest.hear()).toMatchObject([{ op: OP_RST }]);
  });

  it("keeps what was sent before both ends were closed", async () => {
    const { readable } = guest.connected();
    guest.send({}, encode("all of it"));
    guest.send({ op: OP_SHUTDOWN, flags: SHUTDOWN_BOTH });
    expect(guest.hear()).toMatchObject([{ op: OP_RST }]);
    const reader = readable.getReader();
    expect(decode((await reader.read()).value)).toBe("all of it");
    expect((await reader.read()).done).toBe(true);
  });
});

describe("a connection of the host", () => {
  it("opens when the guest answers", async () => {
    const connecting = guest.backend.connect(5);
    const [request] = guest.hear();
    expect(request).toMatchObject({ op: OP_REQUEST, dstPort: 5, bufAlloc: WINDOW_BYTES });
    guest.send({ op: OP_RESPONSE, srcPort: 5, dstPort: request!.srcPort });
    const { writable } = await connecting;
    await writable.getWriter().write(encode("hi"));
    expect(guest.hear()).toMatchObject([{ op: OP_RW, len: 2 }]);
  });

  it("is refused", async () => {
    const connecting = guest.backend.connect(5);
    const [request] = guest.hear();
    guest.send({ op: OP_RST, srcPort: 5, dstPort: request!.srcPort });
    await expect(connecting).rejects.toMatchObject({ code: "connection-refused" });
  });

  it("is refused without a driver", async () => {
    await guest.driver.writeStatus(0);
    await expect(guest.backend.connect(5)).rejects.toMatchObject({ code: "connection-refused" });
  });

  it("is aborted before, during and after the guest's answer", async () => {
    await expect(guest.backend.connect(5, AbortSignal.abort("now"))).rejects.toBe("now");
    const controller = new AbortController();
    const connecting = guest.backend.connect(5, controller.signal);
    const [request] = guest.hear();
    controller.abort("later");
    await expect(connecting).rejects.toBe("later");
    expect(guest.hear()).toMatchObject([{ op: OP_RST }]);
    guest.send({ op: OP_RESPONSE, srcPort: 5, dstPort: request!.srcPort });
    expect(guest.hear()).toMatchObject([{ op: OP_RST }]);
  });

  it("has a port of its own", () => {
    for (let i = 0; i < 4; i++) void guest.backend.connect(5).catch(() => undefined);
    expect(new Set(guest.hear().map(({ srcPort }) => srcPort)).size).toBe(4);
  });
});

describe("credit", () => {
  it("of the guest is never exceeded, and its return is used", async () => {
    const { writable } = guest.connected();
    const written = writable.getWriter().write(new Uint8Array(GUEST_BUF_ALLOC * 2));
    await settle();
    const sum = (packets: Received[]) => packets.reduce((bytes, { len }) => bytes + len, 0);
    expect(sum(guest.hear())).toBe(GUEST_BUF_ALLOC);
    guest.send({ op: OP_CREDIT_UPDATE, fwdCnt: 1 });
    expect(sum(guest.hear())).toBe(1);
    // Taking it back gives none.
    guest.send({ op: OP_CREDIT_UPDATE, fwdCnt: 1, bufAlloc: 0 });
    expect(sum(guest.hear())).toBe(0);
    guest.send({ op: OP_CREDIT_UPDATE, fwdCnt: GUEST_BUF_ALLOC });
    await settle();
    guest.send({ op: OP_CREDIT_UPDATE, fwdCnt: GUEST_BUF_ALLOC + 1 });
    await settle();
    guest.hear();
    expect(sum(guest.heard)).toBe(GUEST_BUF_ALLOC * 2);
    await written;
  });

  it("is told when it is asked for", () => {
    guest.connected();
    guest.send({ op: OP_CREDIT_REQUEST });
    expect(guest.hear()).toMatchObject([{ op: OP_CREDIT_UPDATE, bufAlloc: WINDOW_BYTES, fwdCnt: 0 }]);
  });

  it("comes back as the reader reads, and not before", async () => {
    const { readable } = guest.connected();
    for (let sent = 0; sent < WINDOW_BYTES; sent += 65536) guest.send({}, new Uint8Array(65536));
    await settle();
    expect(guest.hear()).toEqual([]);
    const reader = readable.getReader();
    let bytes = 0;
    while (bytes < WINDOW_BYTES) bytes += (await reader.read()).value!.length;
    const told = guest.hear().at(-1)!;
    expect(told.op).toBe(OP_CREDIT_UPDATE);
    expect(told.fwdCnt).toBeGreaterThanOrEqual(WINDOW_BYTES / 2);
  });

  it("is all that a guest gets: one byte more is the end", async () => {
    const { readable } = guest.connected();
    for (let sent = 0; sent < WINDOW_BYTES; sent += 65536) guest.send({}, new Uint8Array(65536));
    guest.send({}, new Uint8Array(1));
    expect(guest.hear()).toMatchObject([{ op: OP_RST }]);
    await expect(readable.getReader().read()).rejects.toMatchObject({ code: "connection-reset" });
  });

  it("of one connection does not hold another", async () => {
    const first = guest.connected(1000);
    const second = guest.connected(1001);
    void first.writable.getWriter().write(new Uint8Array(GUEST_BUF_ALLOC * 2));
    await settle();
    guest.hear();
    await second.writable.getWriter().write(encode("through"));
    expect(guest.hear()).toMatchObject([{ op: OP_RW, dstPort: 1001, len: 7 }]);
  });

  it("small packets take no more memory than their bytes", async () => {
    const { readable } = guest.connected();
    for (let i = 0; i < 40_000; i++) guest.send({}, Uint8Array.of(i));
    const reader = readable.getReader();
    let bytes = 0;
    let reads = 0;
    while (bytes < 40_000) {
      const { value } = await reader.read();
      value!.forEach((byte, i) => {
        if (byte !== ((bytes + i) & 0xff)) throw new Error(`byte ${bytes + i} is ${byte}`);
      });
      bytes += value!.length;
      reads++;
    }
    expect(reads).toBeLessThan(5);
  });

  it("turns go around among connections while the guest has few buffers", async () => {
    const connections = [1000, 1001, 1002].map((port) => guest.connected(port));
    for (const { writable } of connections) void writable.getWriter().write(new Uint8Array(9000));
    await settle();
    const ports = guest.hear().map(({ dstPort }) => dstPort);
    // The first writer was alone at first.
    expect(ports.slice(3, 9).sort()).toEqual([1001, 1001, 1001, 1002, 1002, 1002]);
    expect(ports).toHaveLength(9);
  });
});

describe("a guest that breaks the rules", () => {
  const alive = () => {
    guest.connected(4000);
  };

  it.each<[string, Partial<Packet>, Uint8Array]>([
    ["data for no connection", { srcPort: 9 }, encode("x")],
    ["a second request", { op: OP_REQUEST }, encode("")],
    ["a response that nobody waits for", { op: OP_RESPONSE }, encode("")],
    ["an unknown operation", { op: 99 }, encode("")],
    ["a datagram", { type: 3 }, encode("x")],
    ["another's address", { srcCid: 9 }, encode("x")],
    ["a stranger's address", { dstCid: 9 }, encode("x")],
    ["less data than it says", { len: 1000 }, encode("x")],
    ["an absurd length", { len: 0xffff_ffff }, encode("x")],
  ])("is answered with RST: %s", (_, packet, data) => {
    guest.connected();
    guest.send(packet, data);
    expect(guest.hear().map(({ op }) => op)).toEqual([OP_RST]);
    alive();
  });

  it("is answered with RST: data behind its own end", async () => {
    const { readable } = guest.connected();
    guest.send({ op: OP_SHUTDOWN, flags: SHUTDOWN_SEND });
    guest.send({}, encode("more"));
    expect(guest.hear().map(({ op }) => op)).toEqual([OP_RST]);
    expect((await readable.getReader().read()).done).toBe(true);
  });

  it("is answered with RST: data before the connection is open", () => {
    void guest.backend.connect(5).catch(() => undefined);
    const [request] = guest.hear();
    guest.send({ srcPort: 5, dstPort: request!.srcPort }, encode("early"));
    expect(guest.hear().map(({ op }) => op)).toEqual([OP_RST]);
  });

  it("is not answered: RST to nobody, a packet without a header", () => {
    guest.send({ op: OP_RST, srcPort: 9 });
    guest.transmit(HEADER_BYTES - 1);
    expect(guest.hear()).toEqual([]);
    expect(guest.driver.used(TRANSMIT)).toHaveLength(2);
    alive();
  });

  it("is not served further while it does not take the answers", () => {
    // Eight buffers, and then none any more.
    const packets = 200;
    for (let i = 0; i < packets; i++) {
      if (guest.driver.used(TRANSMIT).length < i) break;
      guest.send({ srcPort: 9 }, encode("x"));
    }
    const taken = guest.driver.used(TRANSMIT).length;
    expect(taken).toBeLessThan(QUEUE_SIZE + 80);
    guest.hear();
    expect(guest.driver.used(TRANSMIT).length).toBeGreaterThan(taken);
    alive();
  });

  it("with buffers that are too small gets them back empty, and loses nothing", async () => {
    const { writable } = guest.connected();
    await guest.driver.writeStatus(0);
    guest.driver.start();
    guest.driver.offer([{ pa: BUFFERS_PA, bytes: HEADER_BYTES - 1, flags: WRITE }], 0, RECEIVE);
    void guest.backend.connect(5).catch(() => undefined);
    expect(guest.driver.used(RECEIVE)).toEqual([[0, 0]]);
    guest.driver.offer([{ pa: BUFFERS_PA, bytes: HEADER_BYTES, flags: WRITE }], 1, RECEIVE);
    guest.driver.slot.notified(RECEIVE);
    expect(readPacket(guest.driver.memory.ramView(BUFFERS_PA, HEADER_BYTES))).toMatchObject({ op: OP_REQUEST });
    await expect(writable.getWriter().write(encode("x"))).rejects.toMatchObject({ code: "connection-reset" });
  });
});

describe("a reset", () => {
  it("of the device ends all connections and those that are being made", async () => {
    const { readable, writable } = guest.connected();
    const reading = readable.getReader().read();
    const writing = writable.getWriter().write(new Uint8Array(GUEST_BUF_ALLOC * 2));
    const connecting = guest.backend.connect(5);
    for (const promise of [reading, writing, connecting]) promise.catch(() => undefined);
    await guest.driver.writeStatus(0);
    for (const promise of [reading, writing, connecting]) {
      await expect(promise).rejects.toMatchObject({ code: "connection-reset" });
    }
    guest.start();
    guest.connected();
  });

  it("of the transport is told to the driver", async () => {
    const { readable } = guest.connected();
    guest.driver.offer([{ pa: BUFFERS_PA + 2 ** 21, bytes: 4, flags: WRITE }], 0, EVENT);
    guest.driver.memory.write(BUFFERS_PA + 2 ** 21, Uint8Array.of(9, 9, 9, 9));
    guest.backend.transportReset();
    expect(guest.driver.used(EVENT)).toEqual([[0, 4]]);
    expect(guest.driver.memory.readU32(BUFFERS_PA + 2 ** 21)).toBe(0);
    await expect(readable.getReader().read()).rejects.toMatchObject({ code: "connection-reset" });
    // Without a buffer for the event nothing happens but the end of connections.
    guest.backend.transportReset();
    guest.connected();
  });
});
