/*
 * Fields of 32-bit instructions: the immediates of their formats, sign-extended [unpriv 2.3].
 */

/** Whether a jump by `distance` from `offset` stays inside the page. */
export function isNear(offset: u32, distance: i32, near: bool): bool {
  return near && <u32>(<i32>offset + distance) < 4096;
}

export function immI(bits: u32): i32 {
  return <i32>bits >> 20;
}

export function immS(bits: u32): i32 {
  return ((<i32>bits >> 25) << 5) | <i32>((bits >> 7) & 31);
}

export function immB(bits: u32): i32 {
  return (
    ((<i32>bits >> 31) << 12) |
    <i32>((((bits >> 7) & 1) << 11) | (((bits >> 25) & 63) << 5) | (((bits >> 8) & 15) << 1))
  );
}

export function immJ(bits: u32): i32 {
  return (
    ((<i32>bits >> 31) << 20) |
    <i32>((((bits >> 12) & 255) << 12) | (((bits >> 20) & 1) << 11) | (((bits >> 21) & 1023) << 1))
  );
}
