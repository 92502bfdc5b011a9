import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { RAM_PA } from "../../assembly/abi.js";
import { describeBoard } from "../../host-js/common/boot/board.js";
import { type Node, writeDeviceTree } from "../../host-js/common/boot/device-tree.js";
import { readKernel } from "../../host-js/common/boot/image.js";
import { readInitrd } from "../../host-js/common/boot/initrd.js";
import { KERNEL_PA } from "../../host-js/common/boot/kernel.js";
import { layOut } from "../../host-js/common/boot/layout.js";
import { MIB } from "./fakes.js";
import { cpio, elf, linuxImage } from "./files.js";

/** "hello world\n" eleven times over, by the zstd command; Node has no zstd before 22. */
const ZSTD = Uint8Array.from(atob("KLUv/QRYnQAAYGhlbGxvIHdvcmxkCgEA9WlJAmrmDKQ="), (character) =>
  character.charCodeAt(0),
);

const code = (error: { code: string }) => error.code;
const codeOf = (promise: Promise<unknown>) => promise.then(() => "no error", code);

describe("readKernel()", () => {
  it("places a Linux Image 2 MiB into RAM and starts it at its beginning", async () => {
    const image = linuxImage({ imageBytes: 8 * MIB });
    const kernel = await readKernel(image);
    expect(kernel.entryPa).toBe(RAM_PA + 0x20_0000);
    expect(kernel.segments).toEqual([{ pa: RAM_PA + 0x20_0000, data: image, memoryBytes: 8 * MIB, zeroRest: false }]);
  });

  it("unpacks gzip", async () => {
    const image = linuxImage({});
    const kernel = await readKernel(new Uint8Array(gzipSync(image)));
    expect(kernel.segments[0]!.data).toEqual(image);
  });

  it("unpacks an EFI zboot file", async () => {
    const image = linuxImage({});
    const payload = gzipSync(image);
    const file = new Uint8Array(64 + payload.length);
    file.set(new TextEncoder().encode("MZ\0\0zimg"));
    new DataView(file.buffer).setUint32(8, 64, true);
    new DataView(file.buffer).setUint32(12, payload.length, true);
    file.set(payload, 64);
    expect((await readKernel(file)).segments[0]!.data).toEqual(image);
  });

  it("reads an ELF file linked to RAM as it is", async () => {
    const file = elf({
      entry: 0x8000_0010n,
      segments: [{ va: 0x8000_0000n, pa: 0x8000_0000n, data: [1, 2], memoryBytes: 16 }],
    });
    const kernel = await readKernel(file);
    expect(kernel.entryPa).toBe(0x8000_0010);
    expect(kernel.segments).toEqual([{ pa: RAM_PA, data: Uint8Array.of(1, 2), memoryBytes: 16, zeroRest: true }]);
  });

  it("moves a vmlinux, linked to physical address 0, to a kernel's place", async () => {
    const va = 0xffff_ffff_8000_0000n;
    const kernel = await readKernel(
      elf({
        entry: va + 4n,
        segments: [
          { va, pa: 0n, data: [1], memoryBytes: 4096 },
          { va: va + 0x2000n, pa: 0x2000n, data: [2], memoryBytes: 1 },
        ],
      }),
    );
    expect(kernel.entryPa).toBe(KERNEL_PA + 4);
    expect(kernel.segments.map(({ pa }) => pa)).toEqual([KERNEL_PA, KERNEL_PA + 0x2000]);
  });

  const x86 = new Uint8Array(0x300);
  x86.set(new TextEncoder().encode("HdrS"), 0x202);
  const arm64 = new Uint8Array(64);
  arm64.set([0x41, 0x52, 0x4d, 0x64], 56);
  it.each([
    ["nothing", new Uint8Array(0), "kernel-empty", "empty"],
    ["zeroes", new Uint8Array(4096), "kernel-not-riscv", "nothing but zeroes"],
    ["a text", new TextEncoder().encode("hello"), "kernel-not-riscv", "68 65 6c 6c 6f"],
    ["a text, unpacked from zstd", ZSTD, "kernel-not-riscv", "132 bytes, beginning with 68 65 6c 6c 6f"],
    ["an x86 kernel", x86, "kernel-not-riscv", "x86"],
    ["an ARM64 kernel", arm64, "kernel-not-riscv", "ARM64"],
    ["an x86-64 ELF file", elf({ machine: 62 }), "kernel-not-riscv", "x86-64"],
    ["a 32-bit RISC-V ELF file", elf({ elfClass: 1 }), "kernel-not-riscv", "32-bit RISC-V"],
    ["a cut off ELF file", elf({}).subarray(0, 100), "kernel-corrupt", "cut off"],
    ["a cut off gzip file", new Uint8Array(gzipSync(linuxImage({}))).subarray(0, 40), "kernel-corrupt", "gzip"],
    ["a damaged zstd file", ZSTD.map((byte, at) => (at > 6 ? byte ^ 0x55 : byte)), "kernel-corrupt", "zstd"],
    ["an xz file", Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), "kernel-not-riscv", "xz"],
    ["an initrd", cpio({ init: "" }), "kernel-not-riscv", "cpio"],
  ])("refuses %s", async (_, file, expected, word) => {
    const error = await readKernel(file).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error.code).toBe(expected);
    expect(error.message).toContain(word);
  });
});

describe("readInitrd()", () => {
  const archive = cpio({ init: "#!/bin/sh", "etc/motd": "hello" });

  it("returns a cpio archive as it is", async () => {
    expect(await readInitrd(archive)).toBe(archive);
  });

  it("unpacks gzip", async () => {
    expect(await readInitrd(new Uint8Array(gzipSync(archive)))).toEqual(archive);
  });

  it("leaves what only the kernel can unpack to the kernel", async () => {
    const xz = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2, 3);
    expect(await readInitrd(xz)).toBe(xz);
  });

  it("accepts an archive that another one follows", async () => {
    const two = new Uint8Array(archive.length * 2);
    two.set(archive);
    two.set(archive, archive.length);
    expect(await readInitrd(two)).toBe(two);
  });

  it("unpacks the archive behind one that is not compressed, and leaves the first where it is", async () => {
    const padded = new Uint8Array(512);
    padded.set(archive);
    const both = Buffer.concat([padded, gzipSync(archive)]);
    expect(await readInitrd(new Uint8Array(both))).toEqual(new Uint8Array(Buffer.concat([padded, archive])));
    const xz = Buffer.concat([padded, Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2, 3)]);
    expect(await readInitrd(xz)).toBe(xz);
    const cut = new Uint8Array(both.subarray(0, both.length - 20));
    expect(await codeOf(readInitrd(cut))).toBe("initrd-corrupt");
  });

  it("names the file in which a cut off archive ends", async () => {
    const error = await readInitrd(archive.subarray(0, 120)).catch((thrown) => thrown);
    expect([error.code, error.message]).toEqual([
      "initrd-corrupt",
      'The initrd is a damaged cpio archive: it ends within "init".',
    ]);
  });

  it.each([
    ["nothing", new Uint8Array(0), "initrd-empty"],
    ["a text", new TextEncoder().encode("hello world"), "initrd-not-cpio"],
    ["gzip of a text", new Uint8Array(gzipSync("hello world")), "initrd-not-cpio"],
    ["zstd of a text", ZSTD, "initrd-not-cpio"],
    ["a cut off gzip file", new Uint8Array(gzipSync(archive)).subarray(0, 50), "initrd-corrupt"],
    ["an archive without an end", archive.subarray(0, archive.length - 124), "initrd-corrupt"],
  ])("refuses %s", async (_, file, expected) => {
    expect(await codeOf(readInitrd(file))).toBe(expected);
  });
});

describe("layOut()", () => {
  const kernel = (mib: number) => [{ pa: KERNEL_PA, data: new Uint8Array(0), memoryBytes: mib * MIB, zeroRest: false }];

  it.each([16, 64, 1024, 3584])("places everything apart, aligned and within %i MiB", (mib) => {
    const { initrdPa, deviceTreePa } = layOut(mib * MIB, kernel(4), 3_000_001, 5001);
    const topPa = RAM_PA + Math.min(mib, 1024) * MIB;
    expect(initrdPa % 4096).toBe(0);
    expect(deviceTreePa % 4096).toBe(0);
    expect(initrdPa).toBeGreaterThanOrEqual(KERNEL_PA + 4 * MIB);
    expect(deviceTreePa).toBeGreaterThanOrEqual(initrdPa + 3_000_001);
    expect(deviceTreePa + 5001).toBeLessThanOrEqual(topPa);
  });

  it.each([
    ["a kernel", 15, 0],
    ["an initrd", 4, 10 * MIB],
  ])("refuses %s that does not fit and says how much memory would do", (_, kernelMib, initrdBytes) => {
    const place = (ramMib: number) => layOut(ramMib * MIB, kernel(kernelMib), initrdBytes, 4096);
    let message = "";
    try {
      place(16);
    } catch (error) {
      expect((error as { code: string }).code).toBe("ram-too-small");
      message = (error as Error).message;
    }
    const needed = Number(/at least (\d+) MiB/.exec(message)?.[1]);
    expect(needed).toBeGreaterThan(16);
    place(needed);
  });
});

describe("the device tree", () => {
  const board = {
    ramBytes: 256 * MIB,
    commandLine: "console=hvc0 quiet",
    initrd: { startPa: 0x8f00_0000, endPa: 0x8f12_3456 },
    rngSeed: Uint8Array.from({ length: 64 }, (_, i) => i),
    slots: [41, 2, 40],
  };
  const tree = readDeviceTree(writeDeviceTree(describeBoard(board)));
  const node = (path: string): Map<string, Uint8Array> => {
    let at = tree;
    for (const name of path.split("/").filter((part) => part !== ""))
      at = at.children.find((child) => child.name === name)!;
    return at.properties;
  };
  const cells = (path: string, name: string) => {
    const bytes = node(path).get(name)!;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i));
  };
  const text = (path: string, name: string) => new TextDecoder().decode(node(path).get(name));

  it("says where RAM is", () => {
    expect(cells("memory@80000000", "reg")).toEqual([0, 0x8000_0000, 0, 256 * MIB]);
  });

  it("says what the firmware hands over", () => {
    expect(text("chosen", "bootargs")).toBe("console=hvc0 quiet\0");
    expect(text("chosen", "stdout-path")).toBe("/soc/serial@10000000\0");
    expect(cells("chosen", "linux,initrd-start")).toEqual([0, 0x8f00_0000]);
    expect(cells("chosen", "linux,initrd-end")).toEqual([0, 0x8f12_3456]);
    expect(node("chosen").get("rng-seed")).toEqual(board.rngSeed);
  });

  it("says what the hart can do", () => {
    const cpu = "cpus/cpu@0";
    expect(cells("cpus", "timebase-frequency")).toEqual([10_000_000]);
    expect(text(cpu, "mmu-type")).toBe("riscv,sv48\0");
    expect(text(cpu, "riscv,isa")).toMatch(/^rv64imafdc_zicbom_.*_svvptc\0$/);
    const extensions = text(cpu, "riscv,isa-extensions").split("\0");
    expect(extensions).toEqual(expect.arrayContaining(["i", "m", "a", "f", "d", "c", "zba", "sstc", "svadu"]));
    expect(extensions).not.toContain("svade");
    expect(cells(cpu, "riscv,cboz-block-size")).toEqual([64]);
  });

  it("routes the PLIC to the hart's M-mode and S-mode external interrupts", () => {
    const intc = cells("cpus/cpu@0/interrupt-controller", "phandle")[0];
    expect(cells("soc/plic@c000000", "interrupts-extended")).toEqual([intc, 11, intc, 9]);
    expect(cells("soc/plic@c000000", "riscv,ndev")).toEqual([95]);
  });

  it("has a node for each occupied slot in ascending order, and for no other", () => {
    const soc = tree.children.find(({ name }) => name === "soc")!;
    expect(soc.children.map(({ name }) => name).filter((name) => name.startsWith("virtio"))).toEqual([
      "virtio_mmio@10003000",
      "virtio_mmio@10029000",
      "virtio_mmio@1002a000",
    ]);
    expect(cells("soc/virtio_mmio@10003000", "interrupts")).toEqual([3]);
    expect(cells("soc/virtio_mmio@10029000", "interrupts")).toEqual([64]);
    expect(cells("soc/virtio_mmio@10029000", "interrupt-parent")).toEqual(cells("soc/plic@c000000", "phandle"));
  });

  it("has no initrd when there is none", () => {
    const blob = writeDeviceTree(describeBoard({ ...board, initrd: undefined }));
    const chosen = readDeviceTree(blob).children.find(({ name }) => name === "chosen")!;
    expect([...chosen.properties.keys()]).toEqual(["bootargs", "stdout-path", "rng-seed"]);
  });

  it("holds strings, cells, bytes and flags of any length", () => {
    const blob = writeDeviceTree({
      name: "",
      properties: { flag: true, none: [], two: ["a", "bc"], odd: Uint8Array.of(1, 2, 3), big: [0xffff_ffff] },
    } satisfies Node);
    const { properties } = readDeviceTree(blob);
    expect(Object.fromEntries([...properties].map(([name, bytes]) => [name, [...bytes]]))).toEqual({
      flag: [],
      none: [],
      two: [97, 0, 98, 99, 0],
      odd: [1, 2, 3],
      big: [255, 255, 255, 255],
    });
  });
});

interface ParsedNode {
  name: string;
  properties: Map<string, Uint8Array>;
  children: ParsedNode[];
}

/** A reader of its own, after [devicetree 0.4, 5.4]. */
function readDeviceTree(blob: Uint8Array): ParsedNode {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const header = Array.from({ length: 10 }, (_, i) => view.getUint32(4 * i));
  const [magic, total, structureAt, stringsAt, reservationsAt, version, compatible, , stringBytes, structureBytes] =
    header;
  expect([magic, total, version, compatible]).toEqual([0xd00d_feed, blob.length, 17, 16]);
  expect(reservationsAt! % 8).toBe(0);
  expect(view.getBigUint64(reservationsAt!)).toBe(0n);
  expect(stringsAt! + stringBytes!).toBe(blob.length);
  const textAt = (at: number) => {
    const end = blob.indexOf(0, at);
    return new TextDecoder().decode(blob.subarray(at, end));
  };
  const open: ParsedNode[] = [{ name: "(outside)", properties: new Map(), children: [] }];
  let at = structureAt!;
  for (;;) {
    const token = view.getUint32(at);
    at += 4;
    if (token === 9) break;
    if (token === 1) {
      const node = { name: textAt(at), properties: new Map(), children: [] };
      at += (node.name.length + 4) & ~3;
      open.at(-1)!.children.push(node);
      open.push(node);
    } else if (token === 2) {
      open.pop();
    } else {
      expect(token).toBe(3);
      const bytes = view.getUint32(at);
      const name = textAt(stringsAt! + view.getUint32(at + 4));
      open.at(-1)!.properties.set(name, blob.slice(at + 8, at + 8 + bytes));
      at += 8 + ((bytes + 3) & ~3);
    }
  }
  expect(at).toBe(structureAt! + structureBytes!);
  expect(open.length).toBe(1);
  return open[0]!.children[0]!;
}
