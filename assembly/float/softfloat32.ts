/*
 * Single precision arithmetic, by way of double precision [unpriv F extension].
 *
 * Every operation widens its operands, which is exact, computes in binary64 rounded to odd, and rounds the result to
 * binary32. binary64 has more than twice the fraction of binary32 and a far wider exponent, so nothing of the result can
 * overflow or become tiny on the way, and an odd last place keeps the second rounding from being a double one (see ODD
 * in round). Invalid operations and division by zero are raised on the way, all the rest by the final rounding.
 */

import { f32ToF64, f64ToF32 } from "./convert";
import { ODD } from "./round";
import { f64Add, f64Div, f64Fma, f64Mul, f64Sqrt, f64Sub } from "./softfloat64";

/** a + b */
export function f32Add(a: u32, b: u32, rm: u32): u32 {
  return f64ToF32(f64Add(f32ToF64(a), f32ToF64(b), rm | ODD), rm);
}

/** a - b */
export function f32Sub(a: u32, b: u32, rm: u32): u32 {
  return f64ToF32(f64Sub(f32ToF64(a), f32ToF64(b), rm | ODD), rm);
}

/** a * b */
export function f32Mul(a: u32, b: u32, rm: u32): u32 {
  return f64ToF32(f64Mul(f32ToF64(a), f32ToF64(b), rm | ODD), rm);
}

/** a / b */
export function f32Div(a: u32, b: u32, rm: u32): u32 {
  return f64ToF32(f64Div(f32ToF64(a), f32ToF64(b), rm | ODD), rm);
}

/** The square root of a; that of -0 is -0. */
export function f32Sqrt(a: u32, rm: u32): u32 {
  return f64ToF32(f64Sqrt(f32ToF64(a), rm | ODD), rm);
}

/** a * b + c, rounded once. */
export function f32Fma(a: u32, b: u32, c: u32, rm: u32): u32 {
  return f64ToF32(f64Fma(f32ToF64(a), f32ToF64(b), f32ToF64(c), rm | ODD), rm);
}
