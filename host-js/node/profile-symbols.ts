/*
 * Names for addresses of code: from the System.map that the kernel's build leaves, or from the symbol table of an ELF file.
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readFunctions } from "../common/index.js";
import { isOnDisk, type OnDisk } from "./disk-names.js";
import { embeddedSystemMap } from "./embedded.js";
import { readWholeFile } from "./whole-file.js";

const SYSTEM_MAP = "System.map";
/** How far labels of assembly reach at most, which have no size. */
const UNSIZED_BYTES = 4096n;

export class SymbolTable {
  readonly #addresses: BigUint64Array;
  readonly #names: readonly string[];
  readonly #all: ReadonlyMap<string, bigint>;
  readonly #end: bigint;

  /** `code` in any order, of which those before `end` are looked up; `all` are found by name. */
  constructor(code: readonly (readonly [bigint, string])[], all: ReadonlyMap<string, bigint>, end: bigint) {
    const sorted = [...code].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#addresses = BigUint64Array.from(sorted, ([address]) => address);
    this.#names = sorted.map(([, name]) => name);
    this.#all = all;
    this.#end = end;
  }

  /** What lies at `address`: the last symbol before it. */
  nameOf(address: bigint): string | undefined {
    if (address >= this.#end) return undefined;
    let low = 0;
    let high = this.#addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#addresses[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return this.#names[low - 1];
  }

  addressOf(name: string): bigint | undefined {
    return this.#all.get(name);
  }
}

export const NO_SYMBOLS = new SymbolTable([], new Map(), 0n);

/** Reads lines of `address type name`, as nm(1) prints them. */
export function parseSystemMap(text: string): SymbolTable {
  const code: [bigint, string][] = [];
  const all = new Map<string, bigint>();
  for (const [, address, type, name] of text.matchAll(/^([0-9a-f]{16}) (\w) (\S+)$/gm)) {
    const value = BigInt(`0x${address}`);
    all.set(name!, value);
    if (/[tw]/i.test(type!)) code.push([value, name!]);
  }
  return new SymbolTable(code, all, all.get("_end") ?? 2n ** 64n);
}

/** Symbols of the kernel that `kernel=` names, or of ours; none of one that lies on a disk, or whose build left none beside it. */
export function kernelSymbols(kernel: string | OnDisk | undefined): SymbolTable {
  if (isOnDisk(kernel)) return NO_SYMBOLS;
  if (kernel === undefined) {
    const ours = embeddedSystemMap();
    return ours === undefined ? NO_SYMBOLS : parseSystemMap(ours);
  }
  const map = join(dirname(kernel), SYSTEM_MAP);
  return existsSync(map) ? parseSystemMap(readFileSync(map, "latin1")) : elfSymbols(kernel);
}

/** Symbols of an ELF file; any other has none. Throws FileError. */
export function elfSymbols(path: string): SymbolTable {
  const functions = readFunctions(readWholeFile(path));
  const code = functions.map(({ address, name }) => [address, name] as const);
  let end = 0n;
  for (const { address, bytes } of functions) {
    const last = address + (bytes || UNSIZED_BYTES);
    if (last > end) end = last;
  }
  return new SymbolTable(code, new Map(code.map(([address, name]) => [name, address])), end);
}
