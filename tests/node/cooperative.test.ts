/*
 * The cooperative kernel in the real guest: that its drivers are the ones in use, and what becomes of a kernel that fails.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RAM_PA } from "../../assembly/abi.js";
import { findKernel } from "../../kernels/index.js";
import { bootGuest, type Guest, say } from "../agent/guest.js";
import { colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";
import { MemoryStorage } from "../support/memory-storage.js";

const folder = temporaryFolder();
const RAM_BYTES = 256 * 2 ** 20;

describe("the drivers", () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await bootGuest({ ramBytes: RAM_BYTES, disks: [new MemoryStorage(new Uint8Array(2 ** 20))] });
  });
  afterAll(() => guest.kill());

  /** One count of /proc/colinux/stats. */
  const count = async (name: string): Promise<number> =>
    Number(await say(guest, `awk '$1 == "${name}" {print $2}' /proc/colinux/stats`));

  test("carry disk, entropy and sockets; the registers have no driver", async () => {
    expect(
      await say(guest, "ls /sys/bus/virtio/devices | wc -l; ls /sys/bus/platform/drivers/virtio-mmio | grep -c mmio@"),
    ).toBe("3\n0\n");
  });

  test("count what they do, and begin anew when they are told to", async () => {
    expect(await count("attach")).toBe(1);
    await say(
      guest,
      "echo > /proc/colinux/stats; dd if=/dev/vda of=/dev/null bs=64k count=4 iflag=direct 2> /dev/null",
    );
    expect(await count("attach")).toBe(0);
    expect(await count("notify")).toBeGreaterThan(0);
    expect(await count("completions")).toBeGreaterThan(0);
  });

  test("count the time with nothing to do", async () => {
    const before = await count("idle_us");
    await say(guest, "sleep 0.5");
    const idle = (await count("idle_us")) - before;
    expect(idle).toBeGreaterThan(400_000);
    await say(guest, "echo > /proc/colinux/stats");
    expect(await count("idle_us")).toBeLessThan(idle);
  });

  test("give the disk its name, and the host's file system", async () => {
    expect(await say(guest, "readlink /dev/cobd0; grep -w cofs /proc/filesystems")).toBe("vda\nnodev\tcofs\n");
  });

  test("tell of free memory, which then holds nothing", async () => {
    const mark = "left behind by nobody ";
    const marked = async (): Promise<number> => {
      const ram = Buffer.from(await guest.readMemory(RAM_PA, RAM_BYTES));
      let pages = 0;
      for (let at = ram.indexOf(mark); at >= 0; at = ram.indexOf(mark, (at & ~4095) + 4096)) pages++;
      return pages;
    };
    await say(
      guest,
      `yes "${mark}" | head -c 1048576 > /tmp/a; for i in $(seq 64); do cat /tmp/a; done > /tmp/big; rm /tmp/a`,
    );
    expect(await marked()).toBeGreaterThan(16_000);
    await say(guest, "rm /tmp/big");
    await expect.poll(marked, { timeout: 30_000, interval: 1000 }).toBeLessThan(2000);
    expect(await count("free")).toBeGreaterThan(10); // Blocks of up to 4 MiB.
  });

  test("say text without a world switch for each line", async () => {
    const before = (await guest.statistics()).operations;
    await say(guest, "seq 2000 > /dev/console");
    const after = (await guest.statistics()).operations;
    expect(after.notify - before.notify).toBeLessThan(200);
  });

  test("keep the host's time to a fraction of a second", async () => {
    const before = Date.now();
    await guest.files.writeFile("/tmp/now", "");
    const guests = (await guest.files.stat("/tmp/now")).modifiedMs;
    const after = Date.now();
    expect(guests).toBeGreaterThan(before - 250);
    expect(guests).toBeLessThan(after + 250);
  });

  test("restart the guest and shut it down without its agent", async () => {
    const other = await bootGuest();
    await other.exec(["killall", "-9", "colinux-agent"]);
    await other.restart();
    expect(await say(other, "grep -c colinux /proc/version")).toBe("1\n");
    await other.exec(["killall", "-9", "colinux-agent"]);
    expect(await other.shutdown()).toEqual({ kind: "poweroff" });
  });
});

describe("a kernel that fails", () => {
  test("by a panic tells where it was", async () => {
    const { code, stderr } = await colinux([], { input: "echo c > /proc/sysrq-trigger\n" });
    expect(stderr).toContain("colinux: Kernel panic: sysrq triggered crash\n");
    expect(stderr).toMatch(/It was running bash, in (sysrq_\w+ < )?sysrq_handle_crash < __handle_sysrq/);
    expect(code).toBe(3);
  });

  test("for lack of memory tells how much there was", async () => {
    const input = "echo 1 > /proc/sys/vm/panic_on_oom; tail /dev/zero\n";
    const { code, stderr } = await colinux(["mem=64"], { input });
    expect(stderr).toContain("colinux: Kernel panic: Out of memory: system-wide panic_on_oom is enabled\n");
    expect(stderr).toContain("  The guest has 64 MiB of memory; give it more, as in mem=128\n");
    expect(code).toBe(3);
  });

  test("does not fail because a program takes all memory, with as little as there may be", async () => {
    const { code, stdout } = await colinux(["mem=32"], { input: "tail /dev/zero; echo status $?; poweroff\n" });
    expect(stdout).toContain("Out of memory: Killed process");
    expect(stdout).toContain("status 137");
    expect(code).toBe(0);
  });

  test("has 3 GiB when that much is given", async () => {
    const { code, stdout } = await colinux(["mem=3G"], { input: "grep MemTotal /proc/meminfo; poweroff\n" });
    expect(Number(/MemTotal: +(\d+) kB/.exec(stdout)![1])).toBeGreaterThan(2_900_000);
    expect(code).toBe(0);
  });

  /** Our kernel with a load from address 0 in place of the system call swapoff. */
  function brokenKernel(): string {
    const { image, systemMap } = findKernel()!;
    const map = readFileSync(systemMap, "latin1");
    const addressOf = (name: string): bigint =>
      BigInt(`0x${new RegExp(`^([0-9a-f]{16}) \\w ${name}$`, "m").exec(map)![1]}`);
    const broken = readFileSync(image);
    // ld a0, 0(zero); ret
    broken.set([0x03, 0x35, 0, 0, 0x82, 0x80], Number(addressOf("__riscv_sys_swapoff") - addressOf("_start")));
    const dir = join(folder, "broken");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "Image"), broken);
    writeFileSync(join(dir, "System.map"), map);
    return join(dir, "Image");
  }

  test("by an oops is shut down in order, and tells where it was", async () => {
    const words = [`kernel=${brokenKernel()}`, "console=hvc0"];
    const { code, stderr } = await colinux(words, { input: "swapoff /none; sleep 100\n" });
    expect(stderr).toContain(
      "found an error in itself and was shut down: Oops: load from where there is no memory, address 0x0\n",
    );
    expect(stderr).toContain("It was running swapoff, in __riscv_sys_swapoff");
    expect(code).toBe(3);
  });

  test("and is told to go on does so", async () => {
    const words = [`kernel=${brokenKernel()}`, "console=hvc0", "cooperative.oops=continue"];
    const { code, stderr } = await colinux(words, { input: "swapoff /none\npoweroff\n" });
    expect(stderr).toContain("found an error in itself and goes on: Oops: load from where there is no memory");
    expect(code).toBe(0);
  });
});
