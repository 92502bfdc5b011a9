/*
 * IEEE 754 arithmetic as RISC-V wants it, in exact integers: the expectation of the floating-point tests [unpriv 20.3, 20.6].
 *
 * A finite number is `significand * 2^exponent` without limits; an operation computes exactly and `round` brings the result
 * into a format with its flags. Slow, and independent of any floating-point unit. Tininess is detected after rounding.
 */

export const NX = 1;
export const UF = 2;
export const OF = 4;
export const DZ = 8;
export const NV = 16;

export const RNE = 0;
export const RTZ = 1;
export const RDN = 2;
export const RUP = 3;
export const RMM = 4;
export const ROUNDING_MODES = [RNE, RTZ, RDN, RUP, RMM];

export interface Format {
  /** Bits of the significand, the implicit one included. */
  precision: number;
  /** Largest exponent, which is the bias as well. */
  emax: number;
  bits: number;
}
export const SINGLE: Format = { precision: 24, emax: 127, bits: 32 };
export const DOUBLE: Format = { precision: 53, emax: 1023, bits: 64 };

export interface Result {
  bits: bigint;
  flags: number;
}

type Unpacked =
  | { kind: "nan"; signaling: boolean }
  | { kind: "inf"; negative: boolean }
  | { kind: "number"; negative: boolean; sig: bigint; exp: number };

const sizeOf = (x: bigint) => (x === 0n ? 0 : x.toString(2).length);

export function unpack(fmt: Format, bits: bigint): Unpacked {
  const width = BigInt(fmt.precision - 1);
  const fraction = bits & ((1n << width) - 1n);
  const biased = Number((bits >> width) & BigInt(2 * fmt.emax + 1));
  const negative = bits >> BigInt(fmt.bits - 1) === 1n;
  if (biased === 2 * fmt.emax + 1) {
    if (fraction === 0n) return { kind: "inf", negative };
    return { kind: "nan", signaling: fraction >> (width - 1n) === 0n };
  }
  const lowest = 1 - fmt.emax - (fmt.precision - 1);
  if (biased === 0) return { kind: "number", negative, sig: fraction, exp: lowest };
  return { kind: "number", negative, sig: fraction | (1n << width), exp: lowest + biased - 1 };
}

export const canonicalNan = (fmt: Format) => {
  const width = BigInt(fmt.precision - 1);
  return (BigInt(2 * fmt.emax + 1) << width) | (1n << (width - 1n));
};
const signBit = (fmt: Format, negative: boolean) => (negative ? 1n << BigInt(fmt.bits - 1) : 0n);
const infinity = (fmt: Format, negative: boolean) =>
  signBit(fmt, negative) | (BigInt(2 * fmt.emax + 1) << BigInt(fmt.precision - 1));
const invalid = (fmt: Format): Result => ({ bits: canonicalNan(fmt), flags: NV });

/** Whether a magnitude is rounded up, given the parity of what stays and the part that goes. */
function roundsUp(
  rm: number,
  negative: boolean,
  odd: boolean,
  rest: bigint,
  halfway: bigint,
  sticky: boolean,
): boolean {
  if (rest === 0n && !sticky) return false;
  if (rm === RTZ) return false;
  if (rm === RDN) return negative;
  if (rm === RUP) return !negative;
  if (rest !== halfway || sticky) return rest >= halfway;
  return rm === RMM || odd;
}

/** Divides a magnitude by 2^shift with rounding; `sticky` says that it is a little more than `sig`. */
function shiftRight(sig: bigint, shift: number, sticky: boolean, rm: number, negative: boolean): [bigint, boolean] {
  if (shift <= 0) {
    if (sticky) throw new Error("Too few bits to round");
    return [sig << BigInt(-shift), false];
  }
  const kept = sig >> BigInt(shift);
  const rest = sig - (kept << BigInt(shift));
  const up = roundsUp(rm, negative, (kept & 1n) === 1n, rest, 1n << BigInt(shift - 1), sticky);
  return [up ? kept + 1n : kept, rest !== 0n || sticky];
}

/** Rounds `sig * 2^exp` (and a little more if `sticky`) into a format. */
export function round(fmt: Format, negative: boolean, sig: bigint, exp: number, sticky: boolean, rm: number): Result {
  const sign = signBit(fmt, negative);
  if (sig === 0n && !sticky) return { bits: sign, flags: 0 };
  const p = fmt.precision;
  const emin = 1 - fmt.emax;
  const top = sizeOf(sig) + exp - 1;
  const lsb = Math.max(top, emin) - (p - 1);
  const [kept, inexact] = shiftRight(sig, lsb - exp, sticky, rm, negative);
  const [unbounded] = shiftRight(sig, top - (p - 1) - exp, sticky, rm, negative);
  const roundedTop = top + (sizeOf(unbounded) > p ? 1 : 0);
  if (roundedTop > fmt.emax) {
    const toInfinity = rm === RNE || rm === RMM || (rm === RUP && !negative) || (rm === RDN && negative);
    const inf = infinity(fmt, negative);
    return { bits: toInfinity ? inf : inf - 1n, flags: OF | NX };
  }
  const bits = sign + (BigInt(Math.max(top, emin) + fmt.emax - 1) << BigInt(p - 1)) + kept;
  return { bits, flags: inexact ? NX | (roundedTop < emin ? UF : 0) : 0 };
}

/** NaN operands: the canonical NaN, invalid when one is signaling. Undefined when there is none. */
function nanOf(fmt: Format, ...operands: Unpacked[]): Result | undefined {
  const nans = operands.filter((x) => x.kind === "nan");
  if (nans.length === 0) return undefined;
  return { bits: canonicalNan(fmt), flags: nans.some((x) => x.signaling) ? NV : 0 };
}

function sum(fmt: Format, x: Unpacked, y: Unpacked, rm: number): Result {
  if (x.kind === "nan" || y.kind === "nan") throw new Error("NaNs are handled before");
  if (x.kind === "inf" || y.kind === "inf") {
    if (x.kind === "inf" && y.kind === "inf" && x.negative !== y.negative) return invalid(fmt);
    return { bits: infinity(fmt, x.kind === "inf" ? x.negative : y.negative), flags: 0 };
  }
  const exp = Math.min(x.exp, y.exp);
  const scaled = (v: typeof x) => (v.sig << BigInt(v.exp - exp)) * (v.negative ? -1n : 1n);
  const total = scaled(x) + scaled(y);
  if (total === 0n) {
    const negative = x.negative === y.negative ? x.negative : rm === RDN;
    return { bits: signBit(fmt, negative), flags: 0 };
  }
  return round(fmt, total < 0n, total < 0n ? -total : total, exp, false, rm);
}

const negated = <T extends Unpacked>(x: T): T => (x.kind === "nan" ? x : { ...x, negative: !x.negative });

/** The exact product; undefined for infinity times zero. */
function product(x: Unpacked, y: Unpacked): Unpacked | undefined {
  if (x.kind === "nan" || y.kind === "nan") throw new Error("NaNs are handled before");
  const negative = x.negative !== y.negative;
  if (x.kind === "number" && y.kind === "number") {
    return { kind: "number", negative, sig: x.sig * y.sig, exp: x.exp + y.exp };
  }
  const zero = (x.kind === "number" && x.sig === 0n) || (y.kind === "number" && y.sig === 0n);
  return zero ? undefined : { kind: "inf", negative };
}

export function add(fmt: Format, a: bigint, b: bigint, rm: number): Result {
  const [x, y] = [unpack(fmt, a), unpack(fmt, b)];
  return nanOf(fmt, x, y) ?? sum(fmt, x, y, rm);
}

export function sub(fmt: Format, a: bigint, b: bigint, rm: number): Result {
  const [x, y] = [unpack(fmt, a), unpack(fmt, b)];
  return nanOf(fmt, x, y) ?? sum(fmt, x, negated(y), rm);
}

export function mul(fmt: Format, a: bigint, b: bigint, rm: number): Result {
  const [x, y] = [unpack(fmt, a), unpack(fmt, b)];
  const nan = nanOf(fmt, x, y);
  if (nan) return nan;
  const p = product(x, y);
  if (!p) return invalid(fmt);
  if (p.kind === "nan") throw new Error("unreachable");
  if (p.kind === "inf") return { bits: infinity(fmt, p.negative), flags: 0 };
  return round(fmt, p.negative, p.sig, p.exp, false, rm);
}

/** (a * b) + c, with the product and the addend negated as FMSUB, FNMSUB and FNMADD do. */
export function fma(
  fmt: Format,
  a: bigint,
  b: bigint,
  c: bigint,
  rm: number,
  negateProduct = false,
  negateAddend = false,
): Result {
  const [x, y, z] = [unpack(fmt, a), unpack(fmt, b), unpack(fmt, c)];
  // Infinity times zero is invalid even when the addend is a quiet NaN [unpriv 20.6].
  const p = x.kind === "nan" || y.kind === "nan" ? undefined : product(x, y);
  if (x.kind !== "nan" && y.kind !== "nan" && !p) return invalid(fmt);
  const nan = nanOf(fmt, x, y, z);
  if (nan || !p) return nan!;
  return sum(fmt, negateProduct ? negated(p) : p, negateAddend ? negated(z) : z, rm);
}

export function div(fmt: Format, a: bigint, b: bigint, rm: number): Result {
  const [x, y] = [unpack(fmt, a), unpack(fmt, b)];
  const nan = nanOf(fmt, x, y);
  if (nan) return nan;
  if (x.kind === "nan" || y.kind === "nan") throw new Error("unreachable");
  const negative = x.negative !== y.negative;
  if (x.kind === "inf") return y.kind === "inf" ? invalid(fmt) : { bits: infinity(fmt, negative), flags: 0 };
  if (y.kind === "inf") return { bits: signBit(fmt, negative), flags: 0 };
  if (y.sig === 0n) return x.sig === 0n ? invalid(fmt) : { bits: infinity(fmt, negative), flags: DZ };
  if (x.sig === 0n) return { bits: signBit(fmt, negative), flags: 0 };
  const extra = 2 * fmt.precision + 4;
  const scaled = x.sig << BigInt(extra);
  const exact = scaled % y.sig === 0n;
  return round(fmt, negative, scaled / y.sig, x.exp - y.exp - extra, !exact, rm);
}

export function sqrt(fmt: Format, a: bigint, rm: number): Result {
  const x = unpack(fmt, a);
  const nan = nanOf(fmt, x);
  if (nan) return nan;
  if (x.kind === "nan") throw new Error("unreachable");
  if (x.kind === "number" && x.sig === 0n) return { bits: a, flags: 0 };
  if (x.negative) return invalid(fmt);
  if (x.kind === "inf") return { bits: a, flags: 0 };
  const extra = 2 * fmt.precision + 4 + (x.exp & 1);
  const scaled = x.sig << BigInt(extra);
  const rooted = integerRoot(scaled);
  return round(fmt, false, rooted, (x.exp - extra) / 2, rooted * rooted !== scaled, rm);
}

function integerRoot(n: bigint): bigint {
  let guess = 1n << BigInt((sizeOf(n) + 1) >> 1);
  for (;;) {
    const next = (guess + n / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

// ---- Comparison, selection, class -----------------------------------------------------------------------------------

/** Order of two numbers that are not NaN: negative, zero or positive. */
function order(x: Unpacked, y: Unpacked): number {
  const scalar = (v: Unpacked): [bigint, number] => {
    if (v.kind === "nan") throw new Error("NaNs are unordered");
    const magnitude = v.kind === "inf" ? 1n << 4000n : v.sig << BigInt(v.exp + 1100);
    return [v.negative ? -magnitude : magnitude, 0];
  };
  const [a] = scalar(x);
  const [b] = scalar(y);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compare(kind: "eq" | "lt" | "le", fmt: Format, a: bigint, b: bigint): Result {
  const [x, y] = [unpack(fmt, a), unpack(fmt, b)];
  const nan = nanOf(fmt, x, y);
  if (nan) return { bits: 0n, flags: kind === "eq" ? nan.flags : NV };
  const o = order(x, y);
  const holds = kind === "eq" ? o === 0 : kind === "lt" ? o < 0 : o <= 0;
  return { bits: holds ? 1n : 0n, flags: 0 };
}

/** minimumNumber and maximumNumber: a quiet NaN yields to a number, -0 is below +0. */
export function select(kind: "min" | "max", fmt: Format, a: bigint, b: bigint): Result {
  const [x, y] = [unpack(fmt, a), unpack(fmt, b)];
  const flags = nanOf(fmt, x, y)?.flags ?? 0;
  if (x.kind === "nan" && y.kind === "nan") return { bits: canonicalNan(fmt), flags };
  if (x.kind === "nan") return { bits: b, flags };
  if (y.kind === "nan") return { bits: a, flags };
  const o = order(x, y);
  const below = o === 0 ? x.negative : o < 0;
  return { bits: below === (kind === "min") ? a : b, flags };
}

/** The ten classes of FCLASS [unpriv 20.9]. */
export function classify(fmt: Format, a: bigint): bigint {
  const x = unpack(fmt, a);
  if (x.kind === "nan") return x.signaling ? 1n << 8n : 1n << 9n;
  if (x.kind === "inf") return x.negative ? 1n << 0n : 1n << 7n;
  const rank = x.sig === 0n ? 3 : x.sig >> BigInt(fmt.precision - 1) === 0n ? 2 : 1;
  return 1n << BigInt(x.negative ? rank : 7 - rank);
}

// ---- Conversions ----------------------------------------------------------------------------------------------------

/** To an integer of `width` bits, saturating [unpriv 20.7]; the result is the integer itself, not yet extended to XLEN. */
export function toInteger(fmt: Format, a: bigint, width: number, isSigned: boolean, rm: number): Result {
  const x = unpack(fmt, a);
  const max = isSigned ? (1n << BigInt(width - 1)) - 1n : (1n << BigInt(width)) - 1n;
  const min = isSigned ? -(1n << BigInt(width - 1)) : 0n;
  if (x.kind === "nan") return { bits: max, flags: NV };
  if (x.kind === "inf") return { bits: x.negative ? min : max, flags: NV };
  const [magnitude, inexact] = shiftRight(x.sig, -x.exp, false, rm, x.negative);
  const value = x.negative ? -magnitude : magnitude;
  if (value > max) return { bits: max, flags: NV };
  if (value < min) return { bits: min, flags: NV };
  return { bits: value, flags: inexact ? NX : 0 };
}

export function fromInteger(fmt: Format, value: bigint, rm: number): Result {
  return round(fmt, value < 0n, value < 0n ? -value : value, 0, false, rm);
}

export function convert(from: Format, to: Format, a: bigint, rm: number): Result {
  const x = unpack(from, a);
  const nan = nanOf(to, x);
  if (nan) return nan;
  if (x.kind === "nan") throw new Error("unreachable");
  if (x.kind === "inf") return { bits: infinity(to, x.negative), flags: 0 };
  return round(to, x.negative, x.sig, x.exp, false, rm);
}

// ---- Operands -------------------------------------------------------------------------------------------------------

/** Values of a format where its rules change: zeros, subnormals, neighbours of powers of two, infinities, NaNs. */
export function edges(fmt: Format): bigint[] {
  const p = BigInt(fmt.precision);
  const one = BigInt(fmt.emax) << (p - 1n);
  const inf = infinity(fmt, false);
  const positive = [
    0n,
    1n,
    (1n << (p - 1n)) - 1n,
    1n << (p - 1n),
    (1n << (p - 1n)) + 1n,
    one - (1n << (p - 1n)),
    one - 1n,
    one,
    one + 1n,
    one + (1n << (p - 2n)),
    one + (1n << (p - 1n)),
    one + ((p - 1n) << (p - 1n)) + 1n,
    inf - 1n,
    inf,
  ];
  const nans = [canonicalNan(fmt), inf + 1n, inf + (1n << (p - 2n)) + 5n];
  return [...positive, ...positive.map((x) => x | signBit(fmt, true)), ...nans, nans[1]! | signBit(fmt, true)];
}

/** A repeatable stream of bit patterns, with exponents near each other so that operations meet. */
export function* randoms(fmt: Format, seed: bigint): Generator<bigint> {
  let state = seed;
  const next = () => {
    state = BigInt.asUintN(64, state ^ (state << 13n));
    state ^= state >> 7n;
    state = BigInt.asUintN(64, state ^ (state << 17n));
    return state;
  };
  const width = BigInt(fmt.precision - 1);
  for (;;) {
    const spread = [4n, 30n, BigInt(2 * fmt.emax)][Number(next() % 3n)]!;
    const low = next() % 3n === 0n ? 1n : BigInt(fmt.emax) - (spread < 100n ? spread / 2n : BigInt(fmt.emax) - 1n);
    const exponent = low + (next() % spread);
    // Few significant bits give exact results and ties.
    const fraction = next() & ((1n << width) - 1n) & (next() % 2n === 0n ? -1n << (width - 8n) : -1n);
    yield ((next() & 1n) << BigInt(fmt.bits - 1)) | (exponent << width) | fraction;
  }
}
