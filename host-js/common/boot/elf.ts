/*
 * Reads an ELF file for 64-bit RISC-V: what its PT_LOAD segments put where, and where it starts. Linux links its `vmlinux` to physical
 * address 0 and runs wherever it is put, so a file that lies below RAM is moved up to the place of a kernel.
 */

import { RAM_PA } from "../../../assembly/abi.js";
import { ColinuxError } from "../errors.js";
import { KERNEL_PA, type Kernel, type Segment } from "./kernel.js";

const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const EM_RISCV = 243;
const PT_LOAD = 1;
const EHDR_BYTES = 64;
const PHDR_BYTES = 56;
const MACHINES: Readonly<Record<number, string>> = { 3: "x86", 40: "ARM", 62: "x86-64", 183: "ARM64" };

export function isElf(data: Uint8Array): boolean {
  return data[0] === 0x7f && data[1] === 0x45 && data[2] === 0x4c && data[3] === 0x46;
}

/** Reads an ELF file that goes where it says. Errors: `kernel-not-riscv`, `kernel-corrupt`. */
export function readElf(data: Uint8Array): Kernel {
  return readElfAt(data, false);
}

/** Reads an ELF file and moves one that lies below RAM to the place of a kernel. Errors: the same. */
export function readKernelElf(data: Uint8Array): Kernel {
  return readElfAt(data, true);
}

function readElfAt(data: Uint8Array, movable: boolean): Kernel {
  if (data.length < EHDR_BYTES) throw corrupt("its header is cut off");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const machine = view.getUint16(18, true);
  if (data[4] !== ELFCLASS64 || data[5] !== ELFDATA2LSB || machine !== EM_RISCV) {
    const name = machine === EM_RISCV ? "32-bit RISC-V" : (MACHINES[machine] ?? `machine ${machine}`);
    throw new ColinuxError(
      "kernel-not-riscv",
      `The kernel is an ELF file for ${name}; one for 64-bit RISC-V is needed.`,
    );
  }

  const headers = loadHeaders(view);
  if (headers.length === 0) throw corrupt("it has no segment to load");
  const lowest = headers.map(({ pa }) => pa).sort((a, b) => (a < b ? -1 : 1))[0]!;
  const isBelowRam = lowest < BigInt(RAM_PA);
  if (isBelowRam && !movable)
    throw corrupt(`it has a segment at 0x${lowest.toString(16)}, below RAM at 0x${RAM_PA.toString(16)}`);
  const shift = isBelowRam ? BigInt(KERNEL_PA) - lowest : 0n;

  const segments = headers.map(({ pa, fileOffset, fileBytes, memoryBytes }): Segment => {
    if (fileOffset + fileBytes > BigInt(data.length)) throw corrupt("a segment is cut off");
    const start = Number(fileOffset);
    const bytes = data.subarray(start, start + Number(fileBytes));
    return { pa: Number(pa + shift), data: bytes, memoryBytes: Number(memoryBytes), zeroRest: true };
  });
  return { entryPa: Number(physicalEntry(view.getBigUint64(24, true), headers) + shift), segments };
}

interface LoadHeader {
  readonly va: bigint;
  readonly pa: bigint;
  readonly fileOffset: bigint;
  readonly fileBytes: bigint;
  readonly memoryBytes: bigint;
}

function loadHeaders(view: DataView): LoadHeader[] {
  const tableOffset = view.getBigUint64(32, true);
  const entryBytes = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (entryBytes < PHDR_BYTES || tableOffset + BigInt(entryBytes * count) > BigInt(view.byteLength)) {
    throw corrupt("its program headers are cut off");
  }
  const headers: LoadHeader[] = [];
  for (let i = 0; i < count; i++) {
    const at = Number(tableOffset) + i * entryBytes;
    const memoryBytes = view.getBigUint64(at + 40, true);
    if (view.getUint32(at, true) !== PT_LOAD || memoryBytes === 0n) continue;
    const fileBytes = view.getBigUint64(at + 32, true);
    if (fileBytes > memoryBytes) throw corrupt("a segment is larger in the file than in memory");
    headers.push({
      fileOffset: view.getBigUint64(at + 8, true),
      va: view.getBigUint64(at + 16, true),
      pa: view.getBigUint64(at + 24, true),
      fileBytes,
      memoryBytes,
    });
  }
  return headers;
}

/** The entry point is a virtual address in files that are linked to one. */
function physicalEntry(entry: bigint, headers: readonly LoadHeader[]): bigint {
  const header = headers.find(({ va, memoryBytes }) => entry >= va && entry < va + memoryBytes);
  return header === undefined ? entry : header.pa + (entry - header.va);
}

function corrupt(what: string): ColinuxError {
  return new ColinuxError("kernel-corrupt", `The kernel is an ELF file that cannot be loaded: ${what}.`);
}
