/*
 * A kernel module as a file: an ELF object for 64-bit RISC-V [ELF 1.2, book I; elf64] with a signature behind its end.
 *
 *     header | sections | section headers | signature, its length, "~Module signature appended~\n"
 *
 * `slim` leaves out what costs the guest most. Three quarters of Debian's files are labels that the assembler made (".L123"). And to check the
 * signatures of the seven modules that ext4 on a virtio disk takes is 1,280 million instructions, twice the rest of the boot; they prove that
 * the modules come from the kernel's package, from which they have just been taken. The kernel notes that they are gone (taint "E").
 */

import { Failure } from "../failure.js";

const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const RELA_BYTES = 24;
const SHT_SYMTAB = 2;
const SHT_RELA = 4;
const SHT_NOBITS = 8;
const LABEL = ".L";

/** A section: its header, in which offset and size are renewed when it is written, and its bytes. */
interface Section {
  readonly header: Buffer;
  data: Buffer;
}

/** The strings of the section .modinfo, such as "depends=jbd2,mbcache". */
export function modinfoOf(module: Uint8Array): string[] {
  const { sections, names } = read(module);
  const modinfo = sections.find(({ header }) => stringAt(names, header.readUInt32LE(0)) === ".modinfo");
  return (modinfo?.data.toString("latin1") ?? "").split("\0").filter((line) => line !== "");
}

/** The module without its signature and without labels that nothing refers to. */
export function slim(module: Uint8Array): Uint8Array {
  const { header, sections } = read(module);
  const index = sections.findIndex((section) => typeOf(section) === SHT_SYMTAB);
  if (index >= 0) dropLabels(sections, index);
  return write(header, sections);
}

function read(module: Uint8Array): { header: Buffer; sections: Section[]; names: Buffer } {
  const bytes = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
  if (bytes.toString("latin1", 0, 6) !== "\x7fELF\x02\x01")
    throw new Failure("PACKAGE_BROKEN", "A module of the kernel package is no 64-bit ELF file.");
  const header = Buffer.from(bytes.subarray(0, HEADER_BYTES));
  const table = Number(header.readBigUInt64LE(40));
  const sections = Array.from({ length: header.readUInt16LE(60) }, (_, index) => {
    const at = table + index * SECTION_BYTES;
    const section = Buffer.from(bytes.subarray(at, at + SECTION_BYTES));
    const from = Number(section.readBigUInt64LE(24));
    const size = section.readUInt32LE(4) === SHT_NOBITS ? 0 : Number(section.readBigUInt64LE(32));
    return { header: section, data: bytes.subarray(from, from + size) };
  });
  return { header, sections, names: sections[header.readUInt16LE(62)]!.data };
}

function write(header: Buffer, sections: readonly Section[]): Buffer {
  const parts: Buffer[] = [header];
  let at = HEADER_BYTES;
  const pad = (alignment: number): void => {
    const bytes = -at & (alignment - 1);
    parts.push(Buffer.alloc(bytes));
    at += bytes;
  };
  for (const section of sections) {
    pad(Math.max(1, Number(section.header.readBigUInt64LE(48))));
    section.header.writeBigUInt64LE(BigInt(at), 24);
    if (typeOf(section) !== SHT_NOBITS) section.header.writeBigUInt64LE(BigInt(section.data.length), 32);
    parts.push(section.data);
    at += section.data.length;
  }
  pad(8);
  header.writeBigUInt64LE(BigInt(at), 40);
  return Buffer.concat([...parts, ...sections.map((section) => section.header)]);
}

/** Makes the symbol table, section `index`, shorter, and renumbers the symbols in all relocations. */
function dropLabels(sections: readonly Section[], index: number): void {
  const table = sections[index]!;
  const strings = sections[table.header.readUInt32LE(40)]!;
  const relocations = sections.filter(
    (section) => typeOf(section) === SHT_RELA && section.header.readUInt32LE(40) === index,
  );
  const count = table.data.length / SYMBOL_BYTES;
  const used = new Uint8Array(count);
  for (const { data } of relocations) {
    for (let at = 0; at < data.length; at += RELA_BYTES) used[data.readUInt32LE(at + 12)] = 1;
  }
  const numbers = new Uint32Array(count);
  const symbols: Buffer[] = [];
  const names: Buffer[] = [];
  let nameAt = 0;
  let locals = 0;
  for (let number = 0; number < count; number++) {
    const symbol = table.data.subarray(number * SYMBOL_BYTES, (number + 1) * SYMBOL_BYTES);
    const name = stringAt(strings.data, symbol.readUInt32LE(0));
    if (name.startsWith(LABEL) && used[number] === 0) continue;
    numbers[number] = symbols.length;
    // Local symbols come first, and the section's header says how many there are.
    if (number < table.header.readUInt32LE(44)) locals++;
    const copy = Buffer.from(symbol);
    copy.writeUInt32LE(nameAt, 0);
    symbols.push(copy);
    const text = Buffer.from(`${name}\0`, "latin1");
    names.push(text);
    nameAt += text.length;
  }
  for (const section of relocations) {
    section.data = Buffer.from(section.data);
    for (let at = 0; at < section.data.length; at += RELA_BYTES) {
      section.data.writeUInt32LE(numbers[section.data.readUInt32LE(at + 12)]!, at + 12);
    }
  }
  table.data = Buffer.concat(symbols);
  table.header.writeUInt32LE(locals, 44);
  strings.data = Buffer.concat(names);
}

function typeOf({ header }: Section): number {
  return header.readUInt32LE(4);
}

function stringAt(strings: Buffer, at: number): string {
  return strings.toString("latin1", at, strings.indexOf(0, at));
}
