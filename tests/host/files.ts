/*
 * Files that a machine is booted from, made up: Linux images, ELF files, cpio archives.
 */

/** A Linux Image: its header with `code` behind it. The header's first instruction jumps there. */
export function linuxImage({ code = new Uint8Array(64), imageBytes = 0 }): Uint8Array<ArrayBuffer> {
  const image = new Uint8Array(64 + code.length);
  const view = new DataView(image.buffer);
  view.setUint32(0, 0x0400_006f, true); // j .+64
  view.setBigUint64(8, 0x20_0000n, true);
  view.setBigUint64(16, BigInt(imageBytes), true);
  image.set(new TextEncoder().encode("RISCV\0\0\0RSC\x05"), 48);
  image.set(code, 64);
  return image;
}

interface Elf {
  machine?: number;
  elfClass?: number;
  entry?: bigint;
  segments?: { va: bigint; pa: bigint; data: number[]; memoryBytes: number }[];
}

/** An ELF file with program headers and nothing else. */
export function elf({ machine = 243, elfClass = 2, entry = 0n, segments }: Elf): Uint8Array<ArrayBuffer> {
  const loads = segments ?? [{ va: 0n, pa: 0n, data: [0], memoryBytes: 1 }];
  const dataAt = 64 + 56 * loads.length;
  const file = new Uint8Array(dataAt + loads.reduce((sum, { data }) => sum + data.length, 0));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, elfClass, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine, true);
  view.setBigUint64(24, entry, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, loads.length, true);
  let at = dataAt;
  loads.forEach(({ va, pa, data, memoryBytes }, i) => {
    const header = 64 + 56 * i;
    view.setUint32(header, 1, true);
    view.setBigUint64(header + 8, BigInt(at), true);
    view.setBigUint64(header + 16, va, true);
    view.setBigUint64(header + 24, pa, true);
    view.setBigUint64(header + 32, BigInt(data.length), true);
    view.setBigUint64(header + 40, BigInt(memoryBytes), true);
    file.set(data, at);
    at += data.length;
  });
  return file;
}

/** A cpio archive in "newc" format of files by name. */
export function cpio(files: Record<string, string>): Uint8Array<ArrayBuffer> {
  const parts = [...Object.entries(files), ["TRAILER!!!", ""] as const].map(([name, text]) => {
    const fields = Array.from({ length: 13 }, () => 0);
    fields[1] = 0o100644;
    fields[6] = text.length;
    fields[11] = name.length + 1;
    const head = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}${name}\0`;
    return pad(pad(head) + text);
  });
  return new TextEncoder().encode(parts.join(""));
}

function pad(text: string): string {
  return text.padEnd((text.length + 3) & ~3, "\0");
}
