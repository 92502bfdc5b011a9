/*
 * The floating-point part of the core on its own: assembly/float compiled into memory, together with a harness that knows
 * every operation by the mnemonic of the instruction that needs it and runs it on single operands or on many records.
 */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as asc from "assemblyscript/asc";

/** Each instruction as an expression of the bits of its operands a, b and c and the rounding mode rm. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "fadd.d": "f64Add(a, b, rm)",
  "fsub.d": "f64Sub(a, b, rm)",
  "fmul.d": "f64Mul(a, b, rm)",
  "fdiv.d": "f64Div(a, b, rm)",
  "fsqrt.d": "f64Sqrt(a, rm)",
  "fmadd.d": "f64Fma(a, b, c, rm)",
  "fadd.s": "word(f32Add(u32(a), u32(b), rm))",
  "fsub.s": "word(f32Sub(u32(a), u32(b), rm))",
  "fmul.s": "word(f32Mul(u32(a), u32(b), rm))",
  "fdiv.s": "word(f32Div(u32(a), u32(b), rm))",
  "fsqrt.s": "word(f32Sqrt(u32(a), rm))",
  "fmadd.s": "word(f32Fma(u32(a), u32(b), u32(c), rm))",
  "fmin.d": "f64Min(a, b)",
  "fmax.d": "f64Max(a, b)",
  "feq.d": "u64(f64Eq(a, b))",
  "flt.d": "u64(f64Lt(a, b))",
  "fle.d": "u64(f64Le(a, b))",
  "fclass.d": "f64Classify(a)",
  "fmin.s": "word(f32Min(u32(a), u32(b)))",
  "fmax.s": "word(f32Max(u32(a), u32(b)))",
  "feq.s": "u64(f32Eq(u32(a), u32(b)))",
  "flt.s": "u64(f32Lt(u32(a), u32(b)))",
  "fle.s": "u64(f32Le(u32(a), u32(b)))",
  "fclass.s": "f32Classify(u32(a))",
  "fcvt.s.d": "word(f64ToF32(a, rm))",
  "fcvt.d.s": "f32ToF64(u32(a))",
  "fcvt.w.d": "f64ToI32(a, rm)",
  "fcvt.wu.d": "f64ToU32(a, rm)",
  "fcvt.l.d": "f64ToI64(a, rm)",
  "fcvt.lu.d": "f64ToU64(a, rm)",
  "fcvt.w.s": "f32ToI32(u32(a), rm)",
  "fcvt.wu.s": "f32ToU32(u32(a), rm)",
  "fcvt.l.s": "f32ToI64(u32(a), rm)",
  "fcvt.lu.s": "f32ToU64(u32(a), rm)",
  "fcvt.d.w": "i32ToF64(i32(a), rm)",
  "fcvt.d.wu": "u32ToF64(u32(a), rm)",
  "fcvt.d.l": "i64ToF64(a, rm)",
  "fcvt.d.lu": "u64ToF64(a, rm)",
  "fcvt.s.w": "word(i32ToF32(i32(a), rm))",
  "fcvt.s.wu": "word(u32ToF32(u32(a), rm))",
  "fcvt.s.l": "word(i64ToF32(a, rm))",
  "fcvt.s.lu": "word(u64ToF32(a, rm))",
};

export const MNEMONICS = Object.keys(OPERATIONS);

/** The rounding modes, each at the index that is its number. */
export const ROUNDING_MODES = ["RNE", "RTZ", "RDN", "RUP", "RMM"] as const;

const HARNESS = `
  import * as float from "../../assembly/float/index";

  /** A binary32 as fmv.x.w puts it into a register. */
  function word(bits: u32): u64 { return i64(i32(bits)); }

  export function execute(operation: u32, rm: u32, a: u64, b: u64, c: u64): u64 {
    float.clearFlags();
    switch (operation) {
${Object.values(OPERATIONS)
  .map(
    (expression, i) => `      case ${i}: return ${expression.replace(/\b([fiu](32|64)(?=[A-Z])\w+)/g, "float.$1")};\n`,
  )
  .join("")}
    }
    return 0;
  }

  export function takeFlags(): u32 { return float.takeFlags(); }

  /** Runs records of (a, b, c, result, flags), each a u64, and returns the first that differs, or count. */
  export function check(operation: u32, rm: u32, count: u32): u32 {
    for (let i: u32 = 0; i < count; i++) {
      const record: usize = RECORDS + i * 40;
      const result = execute(operation, rm, load<u64>(record), load<u64>(record, 8), load<u64>(record, 16));
      if (result != load<u64>(record, 24) || float.takeFlags() != load<u64>(record, 32)) return i;
    }
    return count;
  }

  /** For timing: runs the records over and over. */
  export function repeat(operation: u32, rm: u32, count: u32, rounds: u32): u64 {
    let sum: u64 = 0;
    for (let round: u32 = 0; round < rounds; round++) {
      for (let i: u32 = 0; i < count; i++) {
        const record: usize = RECORDS + i * 40;
        sum += execute(operation, rm, load<u64>(record), load<u64>(record, 8), load<u64>(record, 16));
      }
    }
    return sum;
  }
`;

const RECORDS = 65536;
const RECORD_BYTES = 40;
const FLAG_NAMES = ["NX", "UF", "OF", "DZ", "NV"];

interface Exports {
  memory: WebAssembly.Memory;
  execute(operation: number, rm: number, a: bigint, b: bigint, c: bigint): bigint;
  takeFlags(): number;
  check(operation: number, rm: number, count: number): number;
  repeat(operation: number, rm: number, count: number, rounds: number): bigint;
}

export class FloatCore {
  readonly exports: Exports;

  constructor(wasm: Uint8Array<ArrayBuffer>) {
    this.exports = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as Exports;
  }

  /** Executes one instruction: the result register, and the names of the flags raised. */
  execute(mnemonic: string, rm: number, a: bigint, b = 0n, c = 0n): { result: bigint; flags: string } {
    const result = BigInt.asUintN(64, this.exports.execute(MNEMONICS.indexOf(mnemonic), rm, a, b, c));
    return { result, flags: flagNames(this.exports.takeFlags()) };
  }

  /** Checks records of five u64, (a, b, c, result, flags): a description of the first difference, or none. */
  check(mnemonic: string, rm: number, records: Uint8Array): string | undefined {
    const count = this.load(records);
    const i = this.exports.check(MNEMONICS.indexOf(mnemonic), rm, count);
    if (i === count) return undefined;
    const view = new BigUint64Array(this.exports.memory.buffer, RECORDS + i * RECORD_BYTES, 5);
    const [a, b, c, result, flags] = view as unknown as [bigint, bigint, bigint, bigint, bigint];
    const actual = this.execute(mnemonic, rm, a, b, c);
    const operands = [a, b, c].map(hex).join(" ");
    const expected = `${hex(result)} ${flagNames(Number(flags))}`;
    return `${mnemonic} rm ${rm}: ${operands}: expected ${expected}, got ${hex(actual.result)} ${actual.flags}`;
  }

  /** Copies records into the core's memory and returns their number. */
  load(records: Uint8Array): number {
    const missing = RECORDS + records.length - this.exports.memory.buffer.byteLength;
    if (missing > 0) this.exports.memory.grow(Math.ceil(missing / 65536));
    new Uint8Array(this.exports.memory.buffer).set(records, RECORDS);
    return records.length / RECORD_BYTES;
  }
}

export async function compileFloatCore(): Promise<FloatCore> {
  const source = HARNESS.replaceAll("RECORDS", String(RECORDS));
  const entry = "tests/float/harness.ts";
  const files = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(
    [
      entry,
      "--outFile",
      "float.wasm",
      "--config",
      "none",
      "-O3",
      "--runtime",
      "stub",
      "--noAssert",
      "--uncheckedBehavior",
      "always",
    ],
    {
      readFile: async (name, baseDir) => (name === entry ? source : await readSource(resolve(baseDir, name))),
      writeFile: (name, contents) => void files.set(name, contents as Uint8Array),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`asc failed: ${error.message}\n${stderr.toString()}`);
  return new FloatCore(files.get("float.wasm") as Uint8Array<ArrayBuffer>);
}

/** The text of a file, or null, which has asc look elsewhere. */
async function readSource(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

export function hex(value: bigint): string {
  return `0x${value.toString(16).padStart(16, "0")}`;
}

function flagNames(flags: number): string {
  return FLAG_NAMES.filter((_, bit) => (flags >> bit) & 1).join(" ");
}
