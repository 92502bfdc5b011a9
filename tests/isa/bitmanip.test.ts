/*
 * Zba, Zbb, Zbs and Zicond against the manual's definitions in BigInt [unpriv 28, 12].
 */

import { beforeAll, describe, test } from "vitest";
import * as asm from "../support/assembler.js";
import { Hart } from "../support/hart.js";
import { s64, sext32, u32, u64 } from "../support/integers.js";
import { type Binary, expectBinary, expectImmediate, expectUnary, type Unary } from "./table.js";

const hart = new Hart();
beforeAll(() => {
  hart.start();
});

const rotateLeft = (x: bigint, n: bigint, width: bigint) =>
  BigInt.asUintN(Number(width), (x << n) | (x >> (width - n)));
const rol = (a: bigint, n: bigint) => rotateLeft(a, n & 63n, 64n);
const ror = (a: bigint, n: bigint) => rotateLeft(a, -n & 63n, 64n);
const rorw = (a: bigint, n: bigint) => sext32(rotateLeft(u32(a), -n & 31n, 32n));
const bits = (x: bigint) => x.toString(2);
const leading = (x: bigint, width: number) => BigInt(x === 0n ? width : width - bits(x).length);
const trailing = (x: bigint, width: number) => BigInt(x === 0n ? width : bits(x).length - bits(x).lastIndexOf("1") - 1);
const ones = (x: bigint) => BigInt(bits(x).replaceAll("0", "").length);
const bytesOf = (x: bigint) => Array.from({ length: 8 }, (_, i) => (x >> BigInt(8 * i)) & 0xffn);
const fromBytes = (bytes: bigint[]) => bytes.reduce((sum, b, i) => sum | (b << BigInt(8 * i)), 0n);

const BINARY: Record<string, Binary> = {
  add_uw: (a, b) => u32(a) + b,
  sh1add: (a, b) => (a << 1n) + b,
  sh2add: (a, b) => (a << 2n) + b,
  sh3add: (a, b) => (a << 3n) + b,
  sh1add_uw: (a, b) => (u32(a) << 1n) + b,
  sh2add_uw: (a, b) => (u32(a) << 2n) + b,
  sh3add_uw: (a, b) => (u32(a) << 3n) + b,
  andn: (a, b) => a & u64(~b),
  orn: (a, b) => a | u64(~b),
  xnor: (a, b) => ~(a ^ b),
  min: (a, b) => (s64(a) < s64(b) ? a : b),
  minu: (a, b) => (u64(a) < b ? a : b),
  max: (a, b) => (s64(a) > s64(b) ? a : b),
  maxu: (a, b) => (u64(a) > b ? a : b),
  rol,
  ror,
  rolw: (a, b) => sext32(rotateLeft(u32(a), b & 31n, 32n)),
  rorw,
  bclr: (a, b) => a & u64(~(1n << (b & 63n))),
  bext: (a, b) => (a >> (b & 63n)) & 1n,
  binv: (a, b) => a ^ (1n << (b & 63n)),
  bset: (a, b) => a | (1n << (b & 63n)),
  czero_eqz: (a, b) => (b === 0n ? 0n : a),
  czero_nez: (a, b) => (b !== 0n ? 0n : a),
};

const UNARY: Record<string, Unary> = {
  clz: (a) => leading(a, 64),
  ctz: (a) => trailing(a, 64),
  cpop: ones,
  clzw: (a) => leading(u32(a), 32),
  ctzw: (a) => trailing(u32(a), 32),
  cpopw: (a) => ones(u32(a)),
  sext_b: (a) => BigInt.asIntN(8, a),
  sext_h: (a) => BigInt.asIntN(16, a),
  zext_h: (a) => a & 0xffffn,
  orc_b: (a) => fromBytes(bytesOf(a).map((b) => (b === 0n ? 0n : 0xffn))),
  rev8: (a) => fromBytes(bytesOf(a).reverse()),
};

const IMMEDIATE: Record<string, (a: bigint, n: bigint) => bigint> = {
  slli_uw: (a, n) => u32(a) << n,
  rori: ror,
  bclri: (a, n) => a & u64(~(1n << n)),
  bexti: (a, n) => (a >> n) & 1n,
  binvi: (a, n) => a ^ (1n << n),
  bseti: (a, n) => a | (1n << n),
};

const builders = asm as unknown as Record<string, (...operands: number[]) => number>;

describe("Zba, Zbb, Zbs and Zicond", () => {
  test.each(Object.entries(BINARY))("%s() gives what the manual says for edge values", (name, spec) => {
    expectBinary(hart, builders[name]!, spec);
  });
  test.each(Object.entries(UNARY))("%s() gives what the manual says for edge values", (name, spec) => {
    expectUnary(hart, builders[name]!, spec);
  });
  test.each(Object.entries(IMMEDIATE))("%s() takes constants from 0 to 63", (name, spec) => {
    expectImmediate(hart, builders[name]!, spec, [0, 1, 8, 31, 32, 63]);
  });
  test("roriw() takes constants from 0 to 31", () => {
    expectImmediate(hart, asm.roriw, rorw, [0, 1, 8, 31]);
  });
});
