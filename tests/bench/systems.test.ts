import { describe, expect, test } from "vitest";
import { commandLineFor } from "../../host-js/node/command-line.js";
import { chromium, debian, KERNEL_WORDS, MEMORY_MIB, ours, plain, qemu, v86 } from "./systems.js";

const QEMU = { command: "ld.so", args: ["qemu-system-riscv64"], env: { QEMU_MODULE_DIR: "/modules" }, version: "10.0" };
const PARTS = { kernel: "/Image", initrd: "/initramfs.cpio", disk: "/disk.img" };

describe("the systems", () => {
  test("have the same words on the kernel's command line", () => {
    // As host-js/node/command.ts adds them where the output is no terminal.
    expect(commandLineFor({ embedded: true, kernelWords: ["TERM=dumb"] })).toBe(KERNEL_WORDS);
  });

  test("have the same root filesystem, memory and disk", () => {
    const words = ours(PARTS).args.slice(1);
    expect(words).toEqual(["initrd=/initramfs.cpio", "mem=256", "cobd0=/disk.img"]);
    const { disk: _, ...diskless } = PARTS;
    expect(chromium(diskless).args.slice(1)).toEqual(["/Image", "/initramfs.cpio", `${MEMORY_MIB}`, KERNEL_WORDS]);
    const line = qemu(QEMU, PARTS).args.join(" ");
    expect(line).toContain("-kernel /Image -initrd /initramfs.cpio");
    expect(line).toContain("-M virt -cpu rv64 -m 256 -smp 1 -accel tcg");
    expect(line).toContain("-device virtio-serial-device -device virtconsole");
    expect(line).toContain("file=/disk.img,format=raw");
  });

  test("have as much memory in v86, whose kernel has the serial port for a console", () => {
    const images = { library: "/v86", bios: "/bios", vgaBios: "/vga-bios", kernel: "/bzImage" };
    const start = v86({ ...images, version: "1", kernelVersion: "6.1" }, { initrd: "/i686.cpio" });
    const [, , ...words] = start.args;
    expect(words.slice(0, 6)).toEqual(["/bios", "/vga-bios", "/bzImage", "/i686.cpio", `${MEMORY_MIB}`, words.at(-1)]);
    expect(words.at(-1)).toContain("console=ttyS0");
  });

  test("have another kernel where kernels are compared", () => {
    const words = ["initrd=/initramfs.cpio", "mem=256", "cobd0=/disk.img", "kernel=/Image", "quiet"];
    expect(plain(PARTS).args.slice(1)).toEqual([...words, "console=hvc0", "TERM=dumb"]);
    expect(debian(PARTS).args.slice(1)).toEqual([...words, "console=ttyS0", "TERM=dumb"]);
  });

  test("compile nothing where that was asked of ours", () => {
    expect(ours({ ...PARTS, noJit: true }).args).toContain("--no-jit");
    expect(chromium({ ...PARTS, noJit: true }).args).toContain("--no-jit");
  });

  test("have no disk when there is none", () => {
    const { disk: _, ...parts } = PARTS;
    expect(ours(parts).args.join(" ")).not.toContain("cobd");
    expect(qemu(QEMU, parts).args.join(" ")).not.toContain("-drive");
  });
});
