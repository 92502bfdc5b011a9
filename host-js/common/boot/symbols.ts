/*
 * Symbols of an ELF file: programs made for Spike name the words through which they speak (`tohost`) and what they leave behind
 * (`begin_signature`). Files without a symbol table have none; damaged tables are read as far as they go.
 */

import { isElf } from "./elf.js";

const SHT_SYMTAB = 2;
const SHDR_BYTES = 64;
const SYM_BYTES = 24;
const STT_NOTYPE = 0;
const STT_FUNC = 2;
const SHN_UNDEF = 0;
const SHN_LORESERVE = 0xff00;

/** The values of those of `names` that the file defines. */
export function readSymbols(data: Uint8Array, names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  if (!isElf(data)) return found;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  try {
    for (const { offset, bytes, link } of sections(view).filter(({ type }) => type === SHT_SYMTAB)) {
      const strings = sections(view)[link]!.offset;
      for (let at = offset; at + SYM_BYTES <= offset + bytes; at += SYM_BYTES) {
        const name = names.find((wanted) => isAt(data, strings + view.getUint32(at, true), wanted));
        if (name !== undefined) found.set(name, Number(view.getBigUint64(at + 8, true)));
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  }
  return found;
}

/** A function, or a label that says not what it is. */
export interface CodeSymbol {
  /** As the program spells it. */
  readonly name: string;
  /** Where it begins. */
  readonly address: bigint;
  /** 0 = not said. */
  readonly bytes: bigint;
}

/** What the file defines that may be code. */
export function readFunctions(data: Uint8Array): CodeSymbol[] {
  const found: CodeSymbol[] = [];
  if (!isElf(data)) return found;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const decoder = new TextDecoder();
  try {
    for (const { offset, bytes, link } of sections(view).filter(({ type }) => type === SHT_SYMTAB)) {
      const strings = sections(view)[link]!.offset;
      for (let at = offset; at + SYM_BYTES <= offset + bytes; at += SYM_BYTES) {
        const type = view.getUint8(at + 4) & 15;
        const section = view.getUint16(at + 6, true);
        if ((type !== STT_NOTYPE && type !== STT_FUNC) || section === SHN_UNDEF || section >= SHN_LORESERVE) continue;
        const start = strings + view.getUint32(at, true);
        const name = decoder.decode(data.subarray(start, data.indexOf(0, start)));
        // The psABI's marks where code begins and ends.
        if (name === "" || name.startsWith("$")) continue;
        found.push({ name, address: view.getBigUint64(at + 8, true), bytes: view.getBigUint64(at + 16, true) });
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  }
  return found;
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly bytes: number;
  readonly link: number;
}

function sections(view: DataView): Section[] {
  const table = Number(view.getBigUint64(40, true));
  const count = view.getUint16(60, true);
  return Array.from({ length: count }, (_, i) => {
    const at = table + i * SHDR_BYTES;
    return {
      type: view.getUint32(at + 4, true),
      offset: Number(view.getBigUint64(at + 24, true)),
      bytes: Number(view.getBigUint64(at + 32, true)),
      link: view.getUint32(at + 40, true),
    };
  });
}

function isAt(data: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (data[at + i] !== text.charCodeAt(i)) return false;
  return data[at + text.length] === 0;
}
