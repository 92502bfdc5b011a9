/*
 * Modules for the initramfs of Debian's kernel: what depends on what, and what is left of their files. They are made here, section by section.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadOrder } from "../../kernels/image/boot-modules.js";
import { modinfoOf, slim } from "../../kernels/image/module-file.js";
import { temporaryFolder } from "../support/folder.js";
import { programPath } from "../support/tools.js";

const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_RELA = 4;
const SIGNATURE = "not a real one~Module signature appended~\n";

interface Section {
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
  readonly link?: number;
  readonly info?: number;
}

/** An ELF object; sections are numbered from 1, and the last one holds their names. */
function elf(sections: readonly Section[]): Buffer {
  const all = [...sections, { name: ".shstrtab", type: SHT_STRTAB, data: new Uint8Array(0) }];
  const names = Buffer.from(`\0${all.map(({ name }) => `${name}\0`).join("")}`);
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  const parts: Buffer[] = [header];
  const table = Buffer.alloc(64 * (all.length + 1));
  let at = header.length;
  let nameAt = 1;
  for (const [index, { name, type, data, link = 0, info = 0 }] of all.entries()) {
    const bytes = Buffer.from(index === all.length - 1 ? names : data);
    const entry = table.subarray(64 * (index + 1));
    entry.writeUInt32LE(nameAt, 0);
    entry.writeUInt32LE(type, 4);
    entry.writeBigUInt64LE(BigInt(at), 24);
    entry.writeBigUInt64LE(BigInt(bytes.length), 32);
    entry.writeUInt32LE(link, 40);
    entry.writeUInt32LE(info, 44);
    parts.push(bytes);
    at += bytes.length;
    nameAt += name.length + 1;
  }
  header.writeBigUInt64LE(BigInt(at), 40);
  header.writeUInt16LE(all.length + 1, 60);
  header.writeUInt16LE(all.length, 62);
  return Buffer.concat([...parts, table, Buffer.from(SIGNATURE)]);
}

function moduleWith(modinfo: readonly string[]): Buffer {
  return elf([
    { name: ".modinfo", type: SHT_PROGBITS, data: Buffer.from(modinfo.map((line) => `${line}\0`).join("")) },
  ]);
}

const folder = temporaryFolder();

/** A folder as in a kernel package. */
function kernelTree(modules: Readonly<Record<string, readonly string[]>>, builtin: readonly string[] = []): string {
  const tree = mkdtempSync(join(folder, "modules-"));
  mkdirSync(join(tree, "kernel"));
  for (const [path, modinfo] of Object.entries(modules)) {
    const file = join(tree, "kernel", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file.replace(/\.xz$/, ""), moduleWith(modinfo));
    if (file.endsWith(".xz")) execFileSync("xz", [file.replace(/\.xz$/, "")]);
  }
  writeFileSync(join(tree, "modules.builtin"), builtin.map((path) => `kernel/${path}\n`).join(""));
  return tree;
}

const order = async (tree: string, ...wanted: string[]) => (await loadOrder(tree, wanted)).map(({ name }) => name);

describe("loadOrder()", () => {
  it("puts each module behind those it depends on, once", async () => {
    const tree = kernelTree({
      "fs/ext4.ko": ["license=GPL", "depends=jbd2,crc16"],
      "fs/jbd2.ko": ["depends=crc16"],
      "lib/crc16.ko": ["depends="],
      "fs/other.ko": ["depends=ext4"],
    });
    expect(await order(tree, "ext4", "crc16")).toEqual(["crc16", "jbd2", "ext4"]);
  });

  it("leaves out what is built in, and calls modules as the kernel does", async () => {
    const tree = kernelTree({ "a/net-card.ko": ["depends=virtio-ring,net-core"], "b/net-core.ko": [] }, [
      "virtio/virtio_ring.ko",
      "virtio/virtio_mmio.ko",
    ]);
    expect(await order(tree, "virtio_mmio", "net_card")).toEqual(["net_core", "net_card"]);
  });

  it("takes a soft dependency by its name or as the generic algorithm, if there is one", async () => {
    const tree = kernelTree({
      "ext4.ko": ["softdep=pre: crypto-crc32c crypto-none post: late", "depends="],
      "crc32c_generic.ko": ["alias=crypto-crc32c"],
      "late.ko": [],
    });
    expect(await order(tree, "ext4")).toEqual(["crc32c_generic", "ext4"]);
  });

  it("rejects when a module is missing", async () => {
    await expect(loadOrder(kernelTree({}), ["ext4"])).rejects.toMatchObject({
      code: "PACKAGE_BROKEN",
      message: "The kernel package has no module ext4.",
    });
  });

  it.skipIf(programPath("xz") === undefined && "xz is not installed")("unpacks what is compressed", async () => {
    const tree = kernelTree({ "fs/ext4.ko.xz": ["depends=jbd2"], "fs/jbd2.ko.xz": ["depends="] });
    const modules = await loadOrder(tree, ["ext4"]);
    expect(modules.map(({ data }) => modinfoOf(data))).toEqual([["depends="], ["depends=jbd2"]]);
  });
});

describe("slim()", () => {
  const symbol = (name: number, value: number): Buffer => {
    const bytes = Buffer.alloc(24);
    bytes.writeUInt32LE(name, 0);
    bytes.writeBigUInt64LE(BigInt(value), 8);
    return bytes;
  };
  const relocation = (number: number): Buffer => {
    const bytes = Buffer.alloc(24);
    bytes.writeBigUInt64LE((BigInt(number) << 32n) | 23n, 8);
    return bytes;
  };
  const names = "\0.L1\0.L2\0local\0global\0";
  const place = (name: string): number => names.indexOf(`\0${name}\0`) + 1;
  const original = elf([
    { name: ".text", type: SHT_PROGBITS, data: Buffer.from("instructions") },
    { name: ".rela.text", type: SHT_RELA, data: Buffer.concat([relocation(2), relocation(4)]), link: 3, info: 1 },
    {
      name: ".symtab",
      type: SHT_SYMTAB,
      data: Buffer.concat(
        [0, place(".L1"), place(".L2"), place("local"), place("global")].map((name, n) => symbol(name, n)),
      ),
      link: 4,
      info: 4,
    },
    { name: ".strtab", type: SHT_STRTAB, data: Buffer.from(names) },
    { name: ".modinfo", type: SHT_PROGBITS, data: Buffer.from("name=x\0") },
  ]);
  const result = Buffer.from(slim(original));
  const section = (number: number) => {
    const at = Number(result.readBigUInt64LE(40)) + 64 * number;
    const from = Number(result.readBigUInt64LE(at + 24));
    const data = result.subarray(from, from + Number(result.readBigUInt64LE(at + 32)));
    return { data, info: result.readUInt32LE(at + 44) };
  };

  it("drops labels that nothing refers to, and renumbers the rest", () => {
    const { data, info } = section(3);
    const values = Array.from({ length: data.length / 24 }, (_, n) => Number(data.readBigUInt64LE(24 * n + 8)));
    expect({ values, locals: info }).toEqual({ values: [0, 2, 3, 4], locals: 3 });
    const relocations = section(2).data;
    expect([8, 32].map((at) => relocations.readBigUInt64LE(at))).toEqual([(1n << 32n) | 23n, (3n << 32n) | 23n]);
    const strings = section(4).data.toString();
    expect(strings).toBe("\0.L2\0local\0global\0");
    expect(strings.slice(data.readUInt32LE(24 * 3))).toBe("global\0");
  });

  it("keeps everything else but the signature", () => {
    expect(section(1).data.toString()).toBe("instructions");
    expect(modinfoOf(result)).toEqual(["name=x"]);
    expect(result.includes("signature")).toBe(false);
  });

  it("rejects what is no module", () => {
    expect(() => slim(Buffer.from("#!/bin/sh\n"))).toThrow("no 64-bit ELF file");
  });
});
