/*
 * Kernels that lie on a disk: which one is found, how the host hands it over, and that it boots.
 */

import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { compareVersions } from "../../host-js/common/boot/kernel-version.js";
import { DiskFiles, Machine } from "../../host-js/node/index.js";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { Images, missing, UUID } from "../ext4/images.js";
import { colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";
import { MemoryStorage } from "../support/memory-storage.js";
import { PROMPT, Session } from "../support/session.js";

/** Files by their paths; a text that begins with "->" is a link. */
type Tree = Record<string, string | Uint8Array>;

const folder = temporaryFolder();

function treeOf(files: Tree): string {
  const root = mkdtempSync(join(folder, "tree-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (typeof content === "string" && content.startsWith("->")) symlinkSync(content.slice(2), join(root, path));
    else writeFileSync(join(root, path), content);
  }
  return root;
}

test.each([
  ["6.12.9", "6.12.10"],
  ["6.12.9-riscv64", "6.12.107+deb13-riscv64"],
  ["6.12", "6.12.1"],
  ["6.13-rc1", "6.13"],
  ["6.13-rc2", "6.13-rc10"],
  ["6.12-1-riscv64", "6.12.1-riscv64"],
  ["6.12.1-a", "6.12.1-b"],
])("compareVersions() puts %s before %s", (older, newer) => {
  expect(compareVersions(older, newer)).toBeLessThan(0);
  expect(compareVersions(newer, older)).toBeGreaterThan(0);
  expect(compareVersions(newer, newer)).toBe(0);
});

describe.skipIf(missing)("DiskFiles", () => {
  const images = new Images();
  const filesOn = (files: Tree) =>
    DiskFiles.open(new MemoryStorage(images.make(["-t", "ext4"], 16, treeOf(files))), "cobd2");
  const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

  test.each<[what: string, files: Tree, kernel: string, initrd: string | undefined]>([
    [
      "the links in /",
      {
        vmlinuz: "->boot/vmlinux-6.1",
        "initrd.img": "->boot/initrd.img-6.1",
        "boot/vmlinux-6.1": "k1",
        "boot/initrd.img-6.1": "i1",
        "boot/vmlinux-6.2": "k2",
        "boot/vmlinuz": "kb",
      },
      "k1",
      "i1",
    ],
    ["the links in /boot", { "boot/vmlinuz": "->vmlinuz-6", "boot/vmlinuz-6": "k", "boot/initrd.img": "i" }, "k", "i"],
    [
      "the newest in /boot when the links lead nowhere",
      {
        vmlinuz: "->boot/vmlinuz-6.0",
        "initrd.img": "->boot/initrd.img-6.0",
        "boot/vmlinuz-6.9-riscv64": "k9",
        "boot/initrd.img-6.9-riscv64": "i9",
        "boot/vmlinux-6.10-riscv64": "k10",
        "boot/initrd.img-6.10-riscv64": "i10",
        "boot/vmlinux-6.11-riscv64.dpkg-new": "half",
        "boot/vmlinuz-6.12.old": "old",
      },
      "k10",
      "i10",
    ],
    ["a kernel without an initrd", { "boot/vmlinuz-6.1": "k", "boot/initrd.img-6.0": "i" }, "k", undefined],
  ])("finds %s", async (_, files, kernel, initrd) => {
    const found = await filesOn(files);
    expect(text(await found.kernel())).toBe(kernel);
    expect(text(await found.initrd())).toBe(initrd);
  });

  test("names the disk when there is nothing", async () => {
    const found = await filesOn({ "etc/fstab": "" });
    expect(() => found.kernelPath).toThrow("cobd2 holds no kernel: there is no /vmlinuz");
    expect(await found.initrd()).toBeUndefined();
    await expect(DiskFiles.open(new MemoryStorage(new Uint8Array(8192)), "cobd2")).rejects.toMatchObject({
      code: "ext4-missing",
      message: /^cobd2: There is no ext2, ext3 or ext4/,
    });
  });
});

const kernel = findKernel();
const initramfs = findInitramfs();

/** dist/core.wasm; the sources would look for it beside themselves. */
const coreModule = () => WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));

describe.skipIf(missing || ((!kernel || !initramfs) && "kernel or initramfs are not built"))(
  "a disk's own kernel",
  () => {
    const images = new Images();
    const disk = images.make(
      ["-t", "ext4"],
      64,
      treeOf({
        vmlinuz: "->boot/vmlinuz-6.12-riscv64",
        "initrd.img": "->boot/initrd.img-6.12-riscv64",
        "boot/vmlinuz-6.12-riscv64": readFileSync(kernel!.image),
        "boot/initrd.img-6.12-riscv64": readFileSync(initramfs!.cpio),
      }),
    );
    const path = join(folder, "boots.img");
    writeFileSync(path, disk);
    const empty = join(folder, "empty.img");
    writeFileSync(empty, images.make(["-t", "ext4"], 8));
    const blank = join(folder, "blank.img");
    writeFileSync(blank, new Uint8Array(8 << 20));

    test("boots by kernel=:cobd1, on the serial console, with its root by UUID, and is read again at a reboot", async () => {
      const session = await Session.atPrompt([`cobd0=${empty}`, `cobd1=${path}`, "kernel=:cobd1"]);
      const reboot = async (command: string) => {
        session.type(`${command}\n`);
        await session.out.expect(/Linux version/);
        await session.out.expect(/This is colinux/);
        await session.out.expect(PROMPT);
      };
      expect(await session.run("cat /proc/cmdline")).toContain(`earlycon=sbi root=UUID=${UUID}`);
      await session.run("mount /dev/vdb /mnt && cd /mnt/boot && head -c 1024 /dev/zero > vmlinuz-none && sync");
      await session.run("ln -sf boot/vmlinuz-none /mnt/vmlinuz && cd / && umount /mnt");
      await reboot("reboot");
      await session.err.expect(/The kernel cannot be read again, so that the one from before starts: .*zeroes/);
      await session.run("mount /dev/vdb /mnt && cd /mnt && ln -sf boot/vmlinuz-6.12-riscv64 vmlinuz && sync");
      await session.run("echo added > added && echo added | cpio -o -H newc >> initrd.img && sync");
      // As after a power failure, with all that in the journal only.
      await reboot("reboot -f");
      expect(await session.run("cat /added")).toContain("added");
      const { code, stderr } = await session.powerOff();
      expect(code).toBe(0);
      expect(stderr.match(/cannot be read again/g)).toHaveLength(1);
    });

    test("is used, and said so, where ours was not built and the disk is the root", async () => {
      const { code, stdout, stderr } = await colinux([`cobd0=${path}`, "root=/dev/cobd0"], {
        env: { ...process.env, XDG_CACHE_HOME: folder },
        input: "cat /proc/cmdline\n",
      });
      expect(stderr).toContain("The kernel of cobd0 (/vmlinuz) starts; the one that comes with colinux is not built.");
      expect(stdout).toContain(`root=UUID=${UUID}`);
      expect(code).toBe(0);
    });

    test("takes an initrd that was named, or none, from the library", async () => {
      for (const [options, words] of [
        [{ kernel: { disk: 1 }, initrd: false, root: { disk: 1 } }, "root=/dev/vda"],
        [{ initrd: { disk: 1 }, root: { disk: 1 } }, "quiet console=hvc0 root=/dev/vda"],
        [
          { kernel: readFileSync(kernel!.image), initrd: { disk: 1 }, root: { disk: 1 } },
          `earlycon=sbi root=UUID=${UUID}`,
        ],
      ] as const) {
        const core = await coreModule();
        const machine = await Machine.boot({
          ...options,
          core,
          worker: false,
          ramBytes: 128 << 20,
          disks: [undefined, new MemoryStorage(disk.slice())],
        });
        await machine.kill();
        const ram = Buffer.from(await machine.readMemory(0x8000_0000, 128 << 20));
        expect(ram.includes(words), words).toBe(true);
      }
    });

    test("missing its disk is an error of the library", async () => {
      await expect(
        Machine.boot({ core: await coreModule(), worker: false, kernel: { disk: 3 } }),
      ).rejects.toMatchObject({
        code: "disk-missing",
      });
    });

    test.each<[words: string[], expected: string[], built: boolean]>([
      [[`cobd0=${empty}`, "kernel=:cobd0"], ["cobd0 holds no kernel", "/boot/vmlinuz-VERSION"], true],
      [[`cobd0=${blank}`, "kernel=:cobd0"], ["cobd0: There is no ext2, ext3 or ext4"], true],
      [[`cobd0=${empty}`, "initrd=:cobd0"], ["cobd0 holds no initrd"], true],
      [[`cobd0=${empty}`, "root=/dev/cobd0"], ["not built yet", "npm run kernel", "cobd0 holds no kernel"], false],
      [[`cobd0=${blank}`, "root=/dev/cobd0"], ["not built yet", "There is no ext2, ext3 or ext4"], false],
      [["root=/dev/vda"], ["not built yet"], false],
    ])("%j is refused", async (words, expected, built) => {
      const env = built ? process.env : { ...process.env, XDG_CACHE_HOME: folder };
      const { code, stdout, stderr } = await colinux(words, { env });
      for (const text of expected) expect(stderr).toContain(text);
      expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(4);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    });
  },
);
