/*
 * The core's floating point, rounded to nearest even, against the arithmetic that JavaScript has: the values only, since
 * JavaScript knows neither flags nor modes. Single precision is double precision rounded again by Math.fround, which for
 * one operation on single precision operands gives the same as rounding once.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { compileFloatCore, type FloatCore, hex } from "./core.js";

const RNE = 0;
const VECTORS = 5000;

let core: FloatCore;

beforeAll(async () => {
  core = await compileFloatCore();
});

// ---- Bits and numbers ---------------------------------------------------------------------------------------------

const cell = new DataView(new ArrayBuffer(8));

function doubleOf(bits: bigint): number {
  cell.setBigUint64(0, bits);
  return cell.getFloat64(0);
}

function bitsOfDouble(value: number): bigint {
  cell.setFloat64(0, value);
  return Number.isNaN(value) ? 0x7ff8000000000000n : cell.getBigUint64(0);
}

function singleOf(bits: bigint): number {
  cell.setUint32(0, Number(bits));
  return cell.getFloat32(0);
}

/** As fmv.x.w puts it into a register. */
function bitsOfSingle(value: number): bigint {
  cell.setFloat32(0, value);
  return BigInt.asUintN(64, BigInt(Number.isNaN(value) ? 0x7fc00000 : cell.getInt32(0)));
}

// ---- Random operands ----------------------------------------------------------------------------------------------

/** xorshift32, always the same stream. */
class Random {
  private state = 0x2545f491;

  word(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state >>> 0;
  }

  /** Any bits, or sparse ones, with exponents that often lie near each other or at an end of the range. */
  number(fractionBits: number, exponentBits: number): bigint {
    const bits = (BigInt(this.word()) << 32n) | BigInt(this.word());
    const fraction = this.word() % 4 === 0 ? 1n << (bits & 63n) : bits;
    const max = (1 << exponentBits) - 1;
    const near = [max >> 1, max >> 1, 0, max, this.word() & max][this.word() % 5]!;
    const exponent = Math.min(Math.max(near + (this.word() % 64) - 32, 0), max);
    return (
      (BigInt(this.word() & 1) << BigInt(fractionBits + exponentBits)) |
      (BigInt(exponent) << BigInt(fractionBits)) |
      (fraction & ((1n << BigInt(fractionBits)) - 1n))
    );
  }

  double = () => this.number(52, 11);
  single = () => this.number(23, 8);
  integer = () => BigInt.asUintN(64, (BigInt(this.word()) << 32n) | BigInt(this.word())) >> BigInt(this.word() % 64);
}

/** Runs one instruction on many operands and compares each result with what `expected` computes. */
function compare(
  mnemonic: string,
  operand: "double" | "single" | "integer",
  expected: (a: bigint, b: bigint) => bigint,
) {
  it(`${mnemonic} gives the same values`, () => {
    const random = new Random();
    for (let i = 0; i < VECTORS; i++) {
      const a = random[operand]();
      const b = random[operand]();
      const { result } = core.execute(mnemonic, RNE, a, b);
      if (result !== expected(a, b))
        expect.fail(`${hex(a)} ${hex(b)}: expected ${hex(expected(a, b))}, got ${hex(result)}`);
    }
  });
}

describe("against JavaScript", () => {
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    fadd: (a, b) => a + b,
    fsub: (a, b) => a - b,
    fmul: (a, b) => a * b,
    fdiv: (a, b) => a / b,
    fsqrt: (a) => Math.sqrt(a),
  };
  for (const [name, f] of Object.entries(arithmetic)) {
    compare(`${name}.d`, "double", (a, b) => bitsOfDouble(f(doubleOf(a), doubleOf(b))));
    compare(`${name}.s`, "single", (a, b) => bitsOfSingle(f(singleOf(a), singleOf(b))));
  }

  const comparison: Record<string, (a: number, b: number) => boolean> = {
    feq: (a, b) => a === b,
    flt: (a, b) => a < b,
    fle: (a, b) => a <= b,
  };
  for (const [name, f] of Object.entries(comparison)) {
    compare(`${name}.d`, "double", (a, b) => BigInt(f(doubleOf(a), doubleOf(b))));
    compare(`${name}.s`, "single", (a, b) => BigInt(f(singleOf(a), singleOf(b))));
  }

  compare("fcvt.s.d", "double", (a) => bitsOfSingle(doubleOf(a)));
  compare("fcvt.d.s", "single", (a) => bitsOfDouble(singleOf(a)));
  compare("fcvt.d.l", "integer", (a) => bitsOfDouble(Number(BigInt.asIntN(64, a))));
  compare("fcvt.d.lu", "integer", (a) => bitsOfDouble(Number(a)));
  compare("fcvt.s.w", "integer", (a) => bitsOfSingle(Number(BigInt.asIntN(32, a))));
  compare("fcvt.s.wu", "integer", (a) => bitsOfSingle(Number(BigInt.asUintN(32, a))));
});
