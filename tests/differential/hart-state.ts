/*
 * The state of our core that two executions must share: hart, PMP and platform, byte for byte, and guest RAM. TLBs, decoded pages and
 * budgets are not part of it; they may differ between tiers and slices.
 */

import {
  HART_F,
  HART_PC,
  HART_PRIV,
  HART_PTR,
  HART_X,
  PLATFORM_PTR,
  RAM_PA,
  RAM_PTR,
  TEXT_PTR,
} from "../../assembly/abi.js";

/** From x0 up to the clock (assembly/hart/hart.ts); behind it lie budgets and caches. */
const ARCHITECTURAL_BYTES = 0x300;
const PMP = 0x800;
const PMP_BYTES = 0x90;

/** CSRs and the like by their place in the hart, for reports only. */
const NAMES: Readonly<Record<number, string>> = {
  [HART_PC]: "pc",
  [HART_PRIV]: "mode, waiting",
  528: "mstatus",
  536: "medeleg",
  544: "mideleg",
  552: "mie",
  560: "mip",
  568: "mtvec",
  576: "mscratch",
  584: "mepc",
  592: "mcause",
  600: "mtval",
  608: "menvcfg",
  616: "mcounteren, mcountinhibit",
  624: "mcycle's offset",
  632: "minstret's offset",
  640: "stvec",
  648: "sscratch",
  656: "sepc",
  664: "scause",
  672: "stval",
  680: "satp",
  688: "senvcfg",
  696: "stimecmp",
  704: "scounteren, fflags",
  712: "frm, FS",
  728: "reservation's address",
  736: "reservation's value",
  744: "instructions retired",
  752: "time",
  760: "fraction of time",
};

/** A word that is not the same in two executions. */
export interface StateDifference {
  readonly what: string;
  readonly first: bigint;
  readonly second: bigint;
}

const AREAS: readonly (readonly [name: string, ptr: number, bytes: number])[] = [
  ["hart", HART_PTR, ARCHITECTURAL_BYTES],
  ["PMP", HART_PTR + PMP, PMP_BYTES],
  ["platform", PLATFORM_PTR, TEXT_PTR - PLATFORM_PTR],
];

/** Where the harts of two linear memories differ, at most `most` times. */
export function hartDifferences(first: ArrayBufferLike, second: ArrayBufferLike, most = 20): StateDifference[] {
  return AREAS.flatMap(([name, ptr, bytes]) => {
    return areaDifferences(first, second, ptr, bytes, most, (at) =>
      name === "hart" ? hartName(at) : `${name}+${hex(at)}`,
    );
  });
}

/** Where their guest RAM differs. */
export function ramDifferences(first: ArrayBufferLike, second: ArrayBufferLike, most = 20): StateDifference[] {
  return areaDifferences(
    first,
    second,
    RAM_PTR,
    first.byteLength - RAM_PTR,
    most,
    (at) => `memory ${hex(RAM_PA + at)}`,
  );
}

function areaDifferences(
  first: ArrayBufferLike,
  second: ArrayBufferLike,
  ptr: number,
  bytes: number,
  most: number,
  name: (at: number) => string,
): StateDifference[] {
  const [a, b] = [Buffer.from(first as ArrayBuffer, ptr, bytes), Buffer.from(second as ArrayBuffer, ptr, bytes)];
  if (a.equals(b)) return [];
  const found: StateDifference[] = [];
  for (let at = 0; at < bytes && found.length < most; at += 8) {
    const [x, y] = [a.readBigUInt64LE(at), b.readBigUInt64LE(at)];
    if (x !== y) found.push({ what: name(at), first: x, second: y });
  }
  return found;
}

function hartName(at: number): string {
  if (at < HART_F) return `x${(at - HART_X) / 8}`;
  if (at < HART_PC) return `f${(at - HART_F) / 8}`;
  return NAMES[at] ?? `hart+${hex(at)}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
