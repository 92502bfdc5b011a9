/*
 * What the WebAssembly engine offers beyond what compiled code takes for granted; the host tries and tells (PASSAGE_FEATURES).
 */

import { FEATURE_FMA, PASSAGE_FEATURES, PASSAGE_PTR } from "../abi";

/** f64x2.relaxed_madd is there and rounds once. */
export function hasFusedMultiplyAdd(): bool {
  return (load<u32>(PASSAGE_PTR, PASSAGE_FEATURES) & FEATURE_FMA) != 0;
}
