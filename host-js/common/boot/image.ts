/*
 * Reads a kernel, whatever it comes as: the `Image` of a Linux build, the same compressed with gzip or zstd, the same as an EFI zboot
 * file, or an ELF file. The result says which bytes go where in guest RAM and where the hart starts. What is none of these is refused
 * with its name.
 */

import { RAM_PA } from "../../../assembly/abi.js";
import { ColinuxError, messageOf } from "../errors.js";
import { readU64 } from "../memory.js";
import { compressionOf, decompress } from "./decompress.js";
import { isElf, readElf, readKernelElf } from "./elf.js";
import { KERNEL_PA, type Kernel } from "./kernel.js";

/** struct riscv_image_header [linux Documentation/arch/riscv/boot-image-header.rst]. */
const HEADER_BYTES = 64;
const HEADER_TEXT_OFFSET = 8;
const HEADER_IMAGE_SIZE = 16;
const HEADER_MAGIC2 = 56;
const RISCV_IMAGE_MAGIC2 = 0x05435352; // "RSC\x05"

/** A zboot file is an EFI program with the compressed Image inside [linux drivers/firmware/efi/libstub/zboot-header.S]. */
const ZBOOT_MAGIC = "MZ\0\0zimg";
const ZBOOT_PAYLOAD_OFFSET = 8;
const ZBOOT_PAYLOAD_SIZE = 12;

/** Reads what a bare program starts from: an ELF file, or a raw image for the beginning of RAM. Errors: those of readKernel. */
export function readBare(file: Uint8Array): Kernel {
  if (file.length === 0)
    throw new ColinuxError("kernel-empty", "The program is empty. An ELF file or a raw image is needed.");
  return isElf(file) ? readElf(file) : raw(RAM_PA, file);
}

/** Reads what a bare program finds at the place of a kernel: unpacked, but otherwise as it is. Errors: those of readKernel. */
export async function readPayload(file: Uint8Array): Promise<Kernel> {
  const data = await unpack(file);
  return isElf(data) ? readElf(data) : raw(KERNEL_PA, data);
}

function raw(pa: number, data: Uint8Array): Kernel {
  return { entryPa: pa, segments: [{ pa, data, memoryBytes: data.length, zeroRest: false }] };
}

/** Reads a kernel file. Errors: `kernel-empty`, `kernel-corrupt`, `kernel-not-riscv`. */
export async function readKernel(file: Uint8Array): Promise<Kernel> {
  if (file.length === 0)
    throw new ColinuxError("kernel-empty", "The kernel is empty. A Linux Image or an ELF file is needed.");
  const data = await unpack(file);
  if (isImage(data)) return readImage(data);
  if (isElf(data)) return readKernelElf(data);
  throw new ColinuxError(
    "kernel-not-riscv",
    `The kernel is ${describe(data)}. A Linux Image or an ELF file for 64-bit RISC-V is needed.`,
  );
}

async function unpack(file: Uint8Array): Promise<Uint8Array> {
  const packed = text(file, 0, ZBOOT_MAGIC.length) === ZBOOT_MAGIC ? zbootPayload(file) : file;
  const compression = compressionOf(packed);
  if (compression === undefined) return packed;
  if (compression !== "gzip" && compression !== "zstd") {
    throw new ColinuxError(
      "kernel-not-riscv",
      `The kernel is compressed with ${compression}. Unpack it, or use gzip or zstd.`,
    );
  }
  try {
    return await decompress(packed, compression);
  } catch (error) {
    throw new ColinuxError("kernel-corrupt", `The kernel cannot be unpacked: ${messageOf(error)}.`, { cause: error });
  }
}

function zbootPayload(file: Uint8Array): Uint8Array {
  if (file.length < HEADER_BYTES) throw new ColinuxError("kernel-corrupt", "The kernel is cut off in its first bytes.");
  const view = viewOf(file);
  const offset = view.getUint32(ZBOOT_PAYLOAD_OFFSET, true);
  return file.subarray(offset, offset + view.getUint32(ZBOOT_PAYLOAD_SIZE, true));
}

function isImage(data: Uint8Array): boolean {
  return data.length >= HEADER_BYTES && viewOf(data).getUint32(HEADER_MAGIC2, true) === RISCV_IMAGE_MAGIC2;
}

function readImage(data: Uint8Array): Kernel {
  const view = viewOf(data);
  const pa = RAM_PA + (readU64(view, HEADER_TEXT_OFFSET) || KERNEL_PA - RAM_PA);
  const memoryBytes = Math.max(readU64(view, HEADER_IMAGE_SIZE), data.length);
  return { entryPa: pa, segments: [{ pa, data, memoryBytes, zeroRest: false }] };
}

/** What a file that is no kernel for us is, for the error. */
function describe(data: Uint8Array): string {
  if (text(data, 0x202, 4) === "HdrS") return "a Linux kernel for x86";
  if (text(data, 56, 4) === "ARM\x64") return "a Linux kernel for ARM64";
  if (text(data, 0, 2) === "MZ") return "an EFI program";
  if (text(data, 0, 2) === "#!") return "a script";
  if (text(data, 0, 6) === "070701") return "a cpio archive (an initrd?)";
  if (data.every((byte) => byte === 0)) return "nothing but zeroes";
  const first = [...data.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `of an unknown format (${data.length} bytes, beginning with ${first})`;
}

function text(data: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...data.subarray(at, at + length));
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}
