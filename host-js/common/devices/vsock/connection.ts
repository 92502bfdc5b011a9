/*
 * One stream connection between a program in the guest and the host [virtio 5.10.6]. The backend (backend.ts) brings it the guest's packets
 * and asks it, whenever the guest has room for one, for the next packet to send.
 *
 *     requested -- RESPONSE --> open          both sides may send as long as the other has room: bytes sent - fwd_cnt < buf_alloc
 *     accepted  (RESPONSE goes out first)
 *     open      -- SHUTDOWN with SEND: the stream ends; with RCV: nobody reads; with both, in one packet or two: RST answers
 *     any       -- RST, device reset --> broken
 *
 * Each direction ends on its own.
 */

import { ColinuxError } from "../../errors.js";
import type { Duplex } from "../../ports.js";
import { Inbound } from "./inbound.js";
import { Outbound } from "./outbound.js";
import {
  GUEST_CID,
  HOST_CID,
  OP_CREDIT_REQUEST,
  OP_CREDIT_UPDATE,
  OP_REQUEST,
  OP_RESPONSE,
  OP_RST,
  OP_RW,
  OP_SHUTDOWN,
  type Packet,
  SHUTDOWN_BOTH,
  SHUTDOWN_RCV,
  SHUTDOWN_SEND,
  TYPE_STREAM,
} from "./packet.js";

/** What a connection keeps for a reader that does not read. The guest's programs stop writing when it is full. */
export const WINDOW_BYTES = 256 * 1024;
/** The guest hears of room when it knows of less than this [the largest packet of Linux]. */
const ROOM_BYTES = 128 * 1024;

/** A packet to send: what follows from the connection is filled in by the backend. */
export interface Outgoing {
  readonly header: Packet;
  readonly data: Uint8Array;
}

const NOTHING: Uint8Array = new Uint8Array(0);

export class Connection implements Duplex {
  readonly hostPort: number;
  readonly guestPort: number;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #changed: (connection: Connection) => void;
  readonly #opened: ((error?: Error) => void) | undefined;
  /** The first packet, while it has not been sent: REQUEST or RESPONSE. */
  #greeting: number | undefined;
  #open: boolean;
  #gone = false;
  #resetting = false;
  /** SHUTDOWN_* that we want the guest to know, that it was told, and that it told us. */
  #shut = 0;
  #told = 0;
  #guestShut = 0;
  /** Counters of bytes modulo 2^32 [virtio 5.10.6.3]. */
  #sent = 0;
  #guestBufAlloc = 0;
  #guestFwdCnt = 0;
  #received = 0;
  #fwdCnt = 0;
  #toldFwdCnt = 0;
  #creditAsked = false;

  /**
   * `changed` is told that there may be something to send, or that the connection is gone. `opened` makes this a connection that the host asks
   * for, and is called once with how that ended; without it, `request` is the guest's.
   */
  constructor(
    ports: { readonly host: number; readonly guest: number },
    changed: (connection: Connection) => void,
    how: { readonly opened: (error?: Error) => void } | { readonly request: Packet },
  ) {
    this.hostPort = ports.host;
    this.guestPort = ports.guest;
    this.#changed = changed;
    this.#inbound = new Inbound(
      (bytes) => this.#forwarded(bytes),
      () => this.#shutdown(SHUTDOWN_RCV),
    );
    this.#outbound = new Outbound(
      () => changed(this),
      () => this.#shutdown(SHUTDOWN_SEND),
      () => this.reset(),
    );
    if ("opened" in how) {
      this.#opened = how.opened;
      this.#greeting = OP_REQUEST;
      this.#open = false;
    } else {
      this.#opened = undefined;
      this.#greeting = OP_RESPONSE;
      this.#open = true;
      this.#credit(how.request);
    }
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#inbound.stream;
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#outbound.stream;
  }

  /** Gives the connection up in both directions; the guest's side hears of it, what was on its way is lost. */
  reset(): void {
    if (this.#gone || this.#resetting) return;
    const error = new ColinuxError("connection-reset", "The connection was reset by this side.");
    // Of a request that the guest has not seen it need not hear.
    if (this.#greeting === OP_REQUEST) {
      this.break(error);
    } else {
      this.#resetting = true;
      this.#fail(error);
      this.#changed(this);
    }
  }

  /** Ends it without a word to the guest: it said RST, or there is no guest any more. */
  break(error: Error): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#fail(error);
    this.#changed(this);
  }

  /** No packet will come or go any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** A packet of the guest; `data` is a copy or a view that is only used now. Returns false when the guest broke the rules. */
  receive(packet: Packet, data: readonly Uint8Array[]): boolean {
    if (this.#resetting) return true;
    this.#credit(packet);
    switch (packet.op) {
      case OP_RESPONSE:
        if (this.#open || this.#greeting !== undefined) return false;
        this.#open = true;
        this.#opened?.();
        break;
      case OP_RST:
        this.break(
          this.#open
            ? new ColinuxError("connection-reset", "The guest has reset the connection.")
            : new ColinuxError("connection-refused", `Nothing in the guest listens on port ${this.guestPort}.`),
        );
        break;
      case OP_SHUTDOWN:
        return this.#open && this.#guestShutdown(packet.flags & SHUTDOWN_BOTH);
      case OP_RW:
        return this.#open && this.#data(packet.len, data);
      case OP_CREDIT_UPDATE:
        break;
      case OP_CREDIT_REQUEST:
        this.#creditAsked = true;
        break;
      default:
        return false;
    }
    this.#changed(this);
    return true;
  }

  /** Whether `next` has a packet. */
  get pending(): boolean {
    if (this.#gone) return false;
    if (this.#resetting || this.#greeting !== undefined) return true;
    if (!this.#open) return false;
    return this.#sendable > 0 || this.#unsaid !== 0 || this.#creditAsked || this.#creditDue;
  }

  /** The next packet to send, with at most `room` bytes of data. Only when `pending`. */
  next(room: number): Outgoing {
    const greeting = this.#greeting;
    if (this.#resetting) {
      this.#gone = true;
      this.#changed(this);
      return this.#packet(OP_RST);
    }
    if (greeting !== undefined) {
      this.#greeting = undefined;
      return this.#packet(greeting);
    }
    const bytes = Math.min(this.#sendable, room);
    if (bytes > 0) {
      const data = this.#outbound.take(bytes);
      this.#sent = (this.#sent + bytes) >>> 0;
      return this.#packet(OP_RW, 0, data);
    }
    const unsaid = this.#unsaid;
    if (unsaid !== 0) {
      this.#told |= unsaid;
      return this.#packet(OP_SHUTDOWN, this.#told);
    }
    return this.#packet(OP_CREDIT_UPDATE);
  }

  #packet(op: number, flags = 0, data = NOTHING): Outgoing {
    this.#toldFwdCnt = this.#fwdCnt;
    if (op !== OP_RST) this.#creditAsked = false;
    const header = {
      srcCid: HOST_CID,
      dstCid: GUEST_CID,
      srcPort: this.hostPort,
      dstPort: this.guestPort,
      len: data.length,
      type: TYPE_STREAM,
      op,
      flags,
      bufAlloc: WINDOW_BYTES,
      fwdCnt: this.#fwdCnt,
    };
    return { header, data };
  }

  /** Bytes that may be sent now. A guest that takes back what it granted gets none. */
  get #sendable(): number {
    const inFlight = (this.#sent - this.#guestFwdCnt) >>> 0;
    return Math.max(0, Math.min(this.#outbound.bytes, this.#guestBufAlloc - inFlight));
  }

  /** What of `#shut` the guest is to be told; that nothing more comes only when nothing more waits. */
  get #unsaid(): number {
    const ready = this.#outbound.bytes > 0 ? this.#shut & ~SHUTDOWN_SEND : this.#shut;
    return ready & ~this.#told;
  }

  get #creditDue(): boolean {
    const known = WINDOW_BYTES - ((this.#received - this.#toldFwdCnt) >>> 0);
    return this.#toldFwdCnt !== this.#fwdCnt && known < ROOM_BYTES && (this.#guestShut & SHUTDOWN_SEND) === 0;
  }

  #credit({ bufAlloc, fwdCnt }: Packet): void {
    this.#guestBufAlloc = bufAlloc;
    this.#guestFwdCnt = fwdCnt;
  }

  #forwarded(bytes: number): void {
    this.#fwdCnt = (this.#fwdCnt + bytes) >>> 0;
    this.#changed(this);
  }

  #data(bytes: number, data: readonly Uint8Array[]): boolean {
    if ((this.#guestShut & SHUTDOWN_SEND) !== 0) return false;
    if ((this.#received + bytes - this.#fwdCnt) >>> 0 > WINDOW_BYTES) return false;
    this.#received = (this.#received + bytes) >>> 0;
    // Nobody reads what was on its way when the reader left; it counts as read, so that the guest's books are right.
    if ((this.#shut & SHUTDOWN_RCV) !== 0) this.#forwarded(bytes);
    else for (const part of data) this.#inbound.add(part);
    return true;
  }

  #shutdown(flags: number): void {
    this.#shut |= flags;
    this.#changed(this);
  }

  #guestShutdown(flags: number): boolean {
    this.#guestShut |= flags;
    if ((this.#guestShut & SHUTDOWN_SEND) !== 0) this.#inbound.end();
    if ((this.#guestShut & SHUTDOWN_RCV) !== 0) {
      this.#outbound.fail(new ColinuxError("connection-reset", "The guest's side of the connection reads no more."));
    }
    // All that the guest sent has come; it waits for the RST [virtio 5.10.6.5].
    if (this.#guestShut === SHUTDOWN_BOTH) this.#resetting = true;
    this.#changed(this);
    return true;
  }

  #fail(error: Error): void {
    this.#inbound.fail(error);
    this.#outbound.fail(error);
    if (!this.#open) this.#opened?.(error);
  }
}
