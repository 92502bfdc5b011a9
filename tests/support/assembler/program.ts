/*
 * Programs: instructions, labels and data laid out at an address.
 *
 * An item is an encoded instruction (a number), a part whose bytes depend on where it and the labels lie, or a list of
 * items. A branch to a label is such a part; so `[label("loop"), addi(a0, a0, -1), bnez(a0, "loop")]` is a program.
 * Addresses are bigints, since virtual ones have 64 bits.
 */

/** Something whose encoding depends on its address. */
export interface Part {
  /** How many bytes it takes when it starts at `at`. */
  size(at: bigint): number;
  /** Its bytes, given where every label is. */
  encode(at: bigint, find: (label: string) => bigint): Uint8Array;
  /** Set on labels only. */
  readonly name?: string;
}

export type Item = number | Part | readonly Item[];

export interface Program {
  readonly base: bigint;
  readonly bytes: Uint8Array;
  /** The address of a label; an unknown one is an error. */
  at(label: string): bigint;
}

/** Lays `items` out from `base` on and resolves their labels. */
export function program(base: bigint | number, ...items: Item[]): Program {
  const start = BigInt(base);
  const labels = new Map<string, bigint>();
  const placed: { at: bigint; part: number | Part }[] = [];
  let at = start;
  for (const part of flat(items)) {
    if (typeof part === "number") {
      placed.push({ at, part });
      at += BigInt(insnBytes(part));
      continue;
    }
    if (part.name !== undefined) {
      if (labels.has(part.name)) throw new Error(`Label "${part.name}" is defined twice`);
      labels.set(part.name, at);
    }
    placed.push({ at, part });
    at += BigInt(part.size(at));
  }
  const find = (name: string) => {
    const address = labels.get(name);
    if (address === undefined) throw new Error(`Label "${name}" is not defined`);
    return address;
  };
  const bytes = new Uint8Array(Number(at - start));
  for (const { at: address, part } of placed) {
    const encoded = typeof part === "number" ? little(BigInt(part), insnBytes(part)) : part.encode(address, find);
    bytes.set(encoded, Number(address - start));
  }
  return { base: start, bytes, at: find };
}

/** Length of an encoded instruction: 2 unless the lowest two bits are set [unpriv 1.5]. */
export function insnBytes(insn: number): number {
  return (insn & 3) === 3 ? 4 : 2;
}

/** Names the address of what follows. */
export function label(name: string): Part {
  return { name, size: () => 0, encode: () => new Uint8Array(0) };
}

/** Fills with zero bytes up to a multiple of `bytes`. */
export function align(bytes: number): Part {
  const size = (at: bigint) => Number(-at & (BigInt(bytes) - 1n));
  return { size, encode: (at) => new Uint8Array(size(at)) };
}

/** Fills with zero bytes up to `offset` from the last multiple of `unit`, by default from the start of the page. */
export function pageOffset(offset: number, unit = 4096): Part {
  const size = (at: bigint) => Number((BigInt(offset) - at) & (BigInt(unit) - 1n));
  return { size, encode: (at) => new Uint8Array(size(at)) };
}

export const zeros = (count: number) => data(new Uint8Array(count));
export const byte = (...values: (number | bigint)[]) => numbers(values, 1);
export const half = (...values: (number | bigint)[]) => numbers(values, 2);
export const word = (...values: (number | bigint)[]) => numbers(values, 4);
/** 64-bit data; a string is the address of a label. */
export const dword = (...values: (number | bigint | string)[]): Part => ({
  size: () => values.length * 8,
  encode: (_, find) => joined(values.map((v) => little(typeof v === "string" ? find(v) : BigInt(v), 8))),
});
export const data = (bytes: Uint8Array): Part => ({ size: () => bytes.length, encode: () => bytes });

/** A 16- or 32-bit instruction that holds the distance to a label. */
export function relative(bytes: 2 | 4, target: string, encode: (distance: number) => number): Part {
  return {
    size: () => bytes,
    encode: (at, find) => little(BigInt(encode(Number(find(target) - at))), bytes),
  };
}

export function little(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

function numbers(values: (number | bigint)[], bytes: number): Part {
  return data(joined(values.map((v) => little(BigInt(v), bytes))));
}

function joined(parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((p) => [...p]));
}

function* flat(items: readonly Item[]): Generator<number | Part> {
  for (const item of items) {
    if (Array.isArray(item)) yield* flat(item);
    else yield item as number | Part;
  }
}
