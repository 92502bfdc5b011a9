/*
 * What the WebAssembly engine offers beyond what every engine has, found out by trying. Nothing is switched on here: a program may have set flags of its engine
 * before.
 */

import { FEATURE_FMA } from "../../assembly/abi.js";

/**
 * (func (export "f") (param f64 f64 f64) (result f64)): a * b + c by f64x2.relaxed_madd [WebAssembly relaxed SIMD], which may or may not round in between, as the processor likes it.
 */
const FMA_MODULE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x01, 0x60, 0x03, 0x7c, 0x7c, 0x7c, 0x01, 0x7c, 0x03,
  0x02, 0x01, 0x00, 0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00, 0x0a, 0x16, 0x01, 0x14, 0x00, 0x20, 0x00, 0xfd, 0x14,
  0x20, 0x01, 0xfd, 0x14, 0x20, 0x02, 0xfd, 0x14, 0xfd, 0x87, 0x02, 0xfd, 0x21, 0x00, 0x0b,
]);

let found: number | undefined;

/** FEATURE_* of this engine. */
export function features(): number {
  found ??= fusesMultiplyAdd() ? FEATURE_FMA : 0;
  return found;
}

function fusesMultiplyAdd(): boolean {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(FMA_MODULE));
    const f = exports.f as (a: number, b: number, c: number) => number;
    const a = 1 + 2 ** -30;
    // a * a = 1 + 2^-29 + 2^-60, of which rounding takes the last part.
    return f(a, a, -(1 + 2 ** -29)) === 2 ** -60;
  } catch {
    return false;
  }
}
