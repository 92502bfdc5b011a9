/*
 * Packets of the socket device [virtio 5.10.6]: a header of 44 bytes, little-endian, and for OP_RW its data behind it.
 *
 *     src_cid u64 | dst_cid u64 | src_port u32 | dst_port u32 | len u32 | type u16 | op u16 | flags u32 | buf_alloc u32 | fwd_cnt u32
 */

import { readU64, writeU64 } from "../../memory.js";

export const HEADER_BYTES = 44;

/** Addresses of the two ends [virtio 5.10.4]. */
export const HOST_CID = 2;
export const GUEST_CID = 3;

export const TYPE_STREAM = 1;

export const OP_REQUEST = 1;
export const OP_RESPONSE = 2;
export const OP_RST = 3;
export const OP_SHUTDOWN = 4;
export const OP_RW = 5;
export const OP_CREDIT_UPDATE = 6;
export const OP_CREDIT_REQUEST = 7;

/** Flags of OP_SHUTDOWN: the sender will not receive, will not send any more. */
export const SHUTDOWN_RCV = 1;
export const SHUTDOWN_SEND = 2;
export const SHUTDOWN_BOTH = 3;

export interface Packet {
  readonly srcCid: number;
  readonly dstCid: number;
  readonly srcPort: number;
  readonly dstPort: number;
  /** Bytes of data behind the header. */
  readonly len: number;
  readonly type: number;
  readonly op: number;
  readonly flags: number;
  /** Bytes that the sender keeps for data which it receives, and how many it has given to its reader, modulo 2^32. */
  readonly bufAlloc: number;
  readonly fwdCnt: number;
}

/** Reads the header at the beginning of `bytes`. */
export function readPacket(bytes: Uint8Array): Packet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  return {
    srcCid: readU64(view, 0),
    dstCid: readU64(view, 8),
    srcPort: view.getUint32(16, true),
    dstPort: view.getUint32(20, true),
    len: view.getUint32(24, true),
    type: view.getUint16(28, true),
    op: view.getUint16(30, true),
    flags: view.getUint32(32, true),
    bufAlloc: view.getUint32(36, true),
    fwdCnt: view.getUint32(40, true),
  };
}

export function packetHeader(packet: Packet): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  writeU64(view, 0, packet.srcCid);
  writeU64(view, 8, packet.dstCid);
  view.setUint32(16, packet.srcPort, true);
  view.setUint32(20, packet.dstPort, true);
  view.setUint32(24, packet.len, true);
  view.setUint16(28, packet.type, true);
  view.setUint16(30, packet.op, true);
  view.setUint32(32, packet.flags, true);
  view.setUint32(36, packet.bufAlloc, true);
  view.setUint32(40, packet.fwdCnt, true);
  return bytes;
}

/** What says to the sender of `packet` that there is no such connection. */
export function refusalOf({ srcCid, dstCid, srcPort, dstPort, type }: Packet): Packet {
  return {
    srcCid: dstCid,
    dstCid: srcCid,
    srcPort: dstPort,
    dstPort: srcPort,
    len: 0,
    type,
    op: OP_RST,
    flags: 0,
    bufAlloc: 0,
    fwdCnt: 0,
  };
}
