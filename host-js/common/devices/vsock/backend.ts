/*
 * The socket device [virtio 5.10]: stream connections between programs in the guest (CID 3) and the host (CID 2), each with its own credit.
 * The host opens them with `connect` and takes the guest's with `listen`. Here packets find their connection and connections find room in the
 * guest's receive queue, in turns, so that none starves another; what a connection is stands in connection.ts.
 *
 * Nothing that the guest says is trusted: a packet that fits no connection is answered with RST, and so is a connection whose rules it breaks.
 * While more answers wait than the guest has room for, nothing more is taken from it.
 */

import { ColinuxError } from "../../errors.js";
import type { Connections, Duplex } from "../../ports.js";
import type { Backend } from "../backend.js";
import { type Chain, slice } from "../chain.js";
import type { Slot } from "../slot.js";
import { Connection } from "./connection.js";
import {
  GUEST_CID,
  HEADER_BYTES,
  HOST_CID,
  OP_REQUEST,
  OP_RST,
  type Packet,
  packetHeader,
  readPacket,
  refusalOf,
  TYPE_STREAM,
} from "./packet.js";

const VIRTIO_VSOCK_F_STREAM = 0;
const RECEIVE = 0;
const TRANSMIT = 1;
const EVENT = 2;
/** id u32 [virtio 5.10.6.7]. */
const EVENT_TRANSPORT_RESET = Uint8Array.of(0, 0, 0, 0);

/** The host's ports for its own connections begin here, far from those that mean something. */
const FIRST_PORT = 0x4000_0000;
const PORT_MAX = 0xffff_fffe;
/** Refusals that may wait for room; connections that may be open. */
const REFUSALS_MAX = 64;
const CONNECTIONS_MAX = 4096;

export class VsockBackend implements Backend, Connections {
  readonly deviceId = 19;
  readonly features = [VIRTIO_VSOCK_F_STREAM];
  readonly queueSizes = [128, 128, 8];
  /** guest_cid u64. */
  readonly config = Uint8Array.of(GUEST_CID, 0, 0, 0, 0, 0, 0, 0);
  readonly #connections = new Map<string, Connection>();
  readonly #listeners = new Map<number, (connection: Duplex, guestPort: number) => void>();
  /** Connections that may have something to send, the one whose turn it is first. */
  readonly #turns = new Set<Connection>();
  readonly #refusals: Packet[] = [];
  #slot!: Slot;
  #nextPort = FIRST_PORT;
  /** Packets are being taken or given: what changes meanwhile is looked at afterwards. */
  #busy = false;

  attach(slot: Slot): void {
    this.#slot = slot;
  }

  notify(queue: number): void {
    if (queue !== EVENT) this.#exchange();
  }

  /** Ends all connections with `connection-reset`: whoever was there in the guest is not any more. */
  reset(): void {
    this.#dropAll("The guest's socket device was reset, as at a reboot.");
  }

  /**
   * Opens a connection to a program that listens on `port` in the guest. Rejects with `connection-refused` when none does or no driver is there,
   * with `connection-reset` when the guest goes down, and with the signal's reason.
   */
  connect(port: number, signal?: AbortSignal): Promise<Duplex> {
    return new Promise<Duplex>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (!this.#slot.live || this.#connections.size >= CONNECTIONS_MAX) {
        const why = this.#slot.live
          ? "Too many connections are open."
          : "The guest has no driver for sockets to the host.";
        return reject(new ColinuxError("connection-refused", why));
      }
      const abort = (): void => {
        reject(signal!.reason);
        connection.reset();
      };
      const opened = (error?: Error): void => {
        signal?.removeEventListener("abort", abort);
        if (error === undefined) resolve(connection);
        else reject(error);
      };
      const ports = { host: this.#freePort(port), guest: port };
      const connection = new Connection(ports, (changed) => this.#changed(changed), { opened });
      signal?.addEventListener("abort", abort);
      this.#add(connection);
    });
  }

  /** Hands each connection that the guest makes to `port` to `accept`, until the function that is returned is called. */
  listen(port: number, accept: (connection: Duplex, guestPort: number) => void): () => void {
    this.#listeners.set(port, accept);
    return () => this.#listeners.delete(port);
  }

  /** Ends all connections and tells the driver that they are gone, as after the guest's memory was put back to an earlier state. */
  transportReset(): void {
    this.#dropAll("The connections of the guest were reset.");
    this.#slot.guard(() => {
      const queue = this.#slot.queues[EVENT]!;
      const chain = this.#slot.live ? queue.pop() : undefined;
      if (chain === undefined) return;
      queue.push(chain, this.#scatter(chain, 0, EVENT_TRANSPORT_RESET));
      queue.signal();
    });
  }

  #dropAll(why: string): void {
    this.#refusals.length = 0;
    for (const connection of [...this.#connections.values()])
      connection.break(new ColinuxError("connection-reset", why));
  }

  #changed(connection: Connection): void {
    if (connection.gone) {
      const key = keyOf(connection.hostPort, connection.guestPort);
      // What such a one had received is read later, when the ports may be another's.
      if (this.#connections.get(key) === connection) this.#connections.delete(key);
      this.#turns.delete(connection);
      return;
    }
    this.#turns.add(connection);
    this.#exchange();
  }

  #add(connection: Connection): void {
    this.#connections.set(keyOf(connection.hostPort, connection.guestPort), connection);
    this.#changed(connection);
  }

  /** Takes from the guest and gives to it until one of them has no more. */
  #exchange(): void {
    if (this.#busy || !this.#slot.live) return;
    this.#busy = true;
    try {
      do {
        this.#slot.serve(
          TRANSMIT,
          (chain) => this.#take(chain),
          () => this.#mayTake,
        );
        this.#slot.serve(
          RECEIVE,
          (chain) => this.#give(chain),
          () => this.#slot.live && this.#hasPacket(),
        );
        // Room for refusals may have come.
      } while (this.#slot.live && this.#mayTake && this.#waiting());
    } finally {
      this.#busy = false;
    }
  }

  get #mayTake(): boolean {
    return this.#slot.live && this.#refusals.length < REFUSALS_MAX;
  }

  #waiting(): boolean {
    let waiting = false;
    this.#slot.guard(() => {
      waiting = this.#slot.queues[TRANSMIT]!.waiting;
    });
    return waiting;
  }

  /** A packet of the guest. Returns the bytes written to it: none. */
  #take(chain: Chain): number {
    const { memory } = this.#slot;
    // Too short to say whom it is for.
    if (chain.readableBytes < HEADER_BYTES) return 0;
    const header = new Uint8Array(HEADER_BYTES);
    let at = 0;
    for (const { pa, bytes } of slice(chain.readable, 0, HEADER_BYTES)) {
      header.set(memory.ramView(pa, bytes), at);
      at += bytes;
    }
    const packet = readPacket(header);
    const connection = this.#connections.get(keyOf(packet.dstPort, packet.srcPort));
    const addressed = packet.srcCid === GUEST_CID && packet.dstCid === HOST_CID && packet.type === TYPE_STREAM;
    if (!addressed) {
      this.#refuse(packet);
    } else if (connection === undefined) {
      this.#strange(packet);
    } else {
      const data = slice(chain.readable, HEADER_BYTES, packet.len).map(({ pa, bytes }) => memory.ramView(pa, bytes));
      const whole = packet.len <= chain.readableBytes - HEADER_BYTES;
      if (!whole || !connection.receive(packet, data)) connection.reset();
    }
    return 0;
  }

  /** A packet of no connection: the beginning of one, or a mistake. */
  #strange(packet: Packet): void {
    const accept = packet.op === OP_REQUEST ? this.#listeners.get(packet.dstPort) : undefined;
    if (accept === undefined || this.#connections.size >= CONNECTIONS_MAX) {
      this.#refuse(packet);
      return;
    }
    const ports = { host: packet.dstPort, guest: packet.srcPort };
    const connection = new Connection(ports, (changed) => this.#changed(changed), { request: packet });
    this.#add(connection);
    accept(connection, packet.srcPort);
  }

  #refuse(packet: Packet): void {
    if (packet.op !== OP_RST) this.#refusals.push(refusalOf(packet));
  }

  #hasPacket(): boolean {
    if (this.#refusals.length > 0) return true;
    for (const connection of this.#turns) {
      if (connection.pending) return true;
      this.#turns.delete(connection);
    }
    return false;
  }

  /** Puts the next packet into a buffer of the guest and returns its bytes. Only when there is one. */
  #give(chain: Chain): number {
    const room = chain.writableBytes - HEADER_BYTES;
    // The driver is to post larger ones [virtio 5.10.6.6.1]; the packet waits.
    if (room < 0) return 0;
    const refusal = this.#refusals.shift();
    if (refusal !== undefined) return this.#scatter(chain, 0, packetHeader(refusal));
    const [connection] = this.#turns as Iterable<Connection> as [Connection];
    this.#turns.delete(connection);
    const { header, data } = connection.next(room);
    // To the end of the row: the others come first.
    if (connection.pending) this.#turns.add(connection);
    this.#scatter(chain, 0, packetHeader(header));
    this.#scatter(chain, HEADER_BYTES, data);
    return HEADER_BYTES + data.length;
  }

  /** Writes `from` into the chain's buffers from byte `start` on, as far as they go; returns the bytes written. */
  #scatter(chain: Chain, start: number, from: Uint8Array): number {
    let at = 0;
    for (const { pa, bytes } of slice(chain.writable, start, from.length)) {
      this.#slot.memory.write(pa, from.subarray(at, at + bytes));
      at += bytes;
    }
    return at;
  }

  #freePort(guestPort: number): number {
    while (this.#connections.has(keyOf(this.#nextPort, guestPort))) this.#step();
    const port = this.#nextPort;
    this.#step();
    return port;
  }

  #step(): void {
    this.#nextPort = this.#nextPort >= PORT_MAX ? FIRST_PORT : this.#nextPort + 1;
  }
}

function keyOf(hostPort: number, guestPort: number): string {
  return `${hostPort}:${guestPort}`;
}
