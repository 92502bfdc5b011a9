/*
 * The accrued exceptions of floating-point arithmetic [unpriv 20.2, fflags].
 *
 * Everything in this folder only ever sets bits here. A caller takes them after an instruction and ORs them into fcsr:
 *
 *     clearFlags(); result = f64Add(a, b, rm); fflags |= takeFlags();
 */

/** Inexact: the result was rounded. */
export const NX: u32 = 1;
/** Underflow: the result is tiny after rounding, and inexact. */
export const UF: u32 = 2;
/** Overflow: the rounded result is beyond the largest finite number. */
export const OF: u32 = 4;
/** Division of a finite number by zero. */
export const DZ: u32 = 8;
/** Invalid operation: there is no useful result, or an operand is a signaling NaN. */
export const NV: u32 = 16;

/** The bits raised since the last clearFlags or takeFlags. */
export let flags: u32 = 0;

export function raise(bits: u32): void {
  flags |= bits;
}

export function clearFlags(): void {
  flags = 0;
}

/** Returns the bits raised so far and clears them. */
export function takeFlags(): u32 {
  const taken = flags;
  flags = 0;
  return taken;
}
