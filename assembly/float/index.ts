/*
 * Floating-point arithmetic in integers: the parts that the rest of the core uses, and the tests compile on their own.
 *
 * Read flags, format, wide and round first; softfloat64, convert and compare stand on them, softfloat32 on those.
 */

export {
  f32Classify,
  f32Eq,
  f32Le,
  f32Lt,
  f32Max,
  f32Min,
  f64Classify,
  f64Eq,
  f64Le,
  f64Lt,
  f64Max,
  f64Min,
} from "./compare";
export {
  f32ToF64,
  f32ToI32,
  f32ToI64,
  f32ToU32,
  f32ToU64,
  f64ToF32,
  f64ToI32,
  f64ToI64,
  f64ToU32,
  f64ToU64,
  i32ToF32,
  i32ToF64,
  i64ToF32,
  i64ToF64,
  u32ToF32,
  u32ToF64,
  u64ToF32,
  u64ToF64,
} from "./convert";
export { clearFlags, takeFlags } from "./flags";
export { f32Add, f32Div, f32Fma, f32Mul, f32Sqrt, f32Sub } from "./softfloat32";
export { f64Add, f64Div, f64Fma, f64Mul, f64Sqrt, f64Sub } from "./softfloat64";
