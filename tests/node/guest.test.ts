/*
 * The embedded guest through the command, as scripts use it: input and output are pipes.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLI, colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";
import { PROMPT, Session } from "../support/session.js";
import { programPath } from "../support/tools.js";

const folder = temporaryFolder();

describe("a piped session", () => {
  test("runs its commands and powers off", async () => {
    const { code, stdout, stderr } = await colinux([], { input: "uname -a\npoweroff\n" });
    expect(stdout).toMatch(/^Linux .* riscv64 GNU\/Linux\r?$/m);
    expect(stderr).toBe("colinux: Powered off.\n");
    expect(code).toBe(0);
  });

  test("finds folders that not everybody may write", async () => {
    const { stdout } = await colinux([], { input: "stat -c '%a %n' / /etc /root /tmp\n" });
    expect(stdout.match(/^\d+ \/\w*/gm)).toEqual(["755 /", "755 /etc", "700 /root", "1777 /tmp"]);
  });

  test("ends with its input, also without a last line end", async () => {
    const { code, stdout } = await colinux([], { input: "echo one\necho t'w'o" });
    expect(stdout).toMatch(/^two\r?$/m);
    expect(code).toBe(0);
  });

  test("ends when there is no input at all", async () => {
    expect(await colinux([])).toMatchObject({ code: 0, stderr: "colinux: Powered off.\n" });
  });

  test("stops a guest that goes on for 10 s after the input ended", async () => {
    const began = Date.now();
    const { code, stderr } = await colinux([], { input: "sleep 1000\n" });
    expect(Date.now() - began).toBeGreaterThan(9_900);
    expect(stderr).toContain("10 s later");
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
  });

  test("ends cleanly when its output is closed", () => {
    const script = `printf 'yes | head -100000\\n' | "${process.execPath}" "${CLI}" | head -1; echo "\${PIPESTATUS[1]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(stdout.trim().split("\n").at(-1)).toBe("0");
    expect(stderr).toBe("");
  });

  test("keeps its size from cocon=", async () => {
    const session = await Session.atPrompt(["cocon=120x40"]);
    expect(await session.run("stty size")).toContain("40 120");
    await session.powerOff();
  });

  test("passes bytes through unchanged", async () => {
    const session = await Session.atPrompt();
    const bytes = Array.from({ length: 200 }, (_, i) => `line ${i} ${"x".repeat(i % 70)}`).join("\n");
    session.type(`cat > /tmp/text << 'END'\n${bytes}\nEND\n`);
    const [sum] = execFileSync("md5sum", { input: `${bytes}\n`, encoding: "utf8" }).split(" ");
    expect(await session.run("md5sum /tmp/text")).toContain(sum);
    await session.powerOff();
  });
});

describe("an ending", () => {
  test.each([
    ["poweroff", [], 0, "Powered off."],
    ["halt", [], 0, "Halted."],
    ["reboot", ["--no-reboot"], 4, "Rebooted"],
  ])("by %s %j has exit code %i", async (command, args, code, line) => {
    const session = await Session.atPrompt(args);
    session.type(`${command}\n`);
    const end = await session.ended;
    expect(end.stderr).toContain(`colinux: ${line}`);
    expect(end.code).toBe(code);
  });

  test("by reboot starts the kernel again", async () => {
    const session = await Session.atPrompt();
    session.type("touch /tmp/before; reboot\n");
    await session.out.expect(/This is colinux/);
    await session.out.expect(PROMPT);
    await expect(session.run("ls /tmp/before")).rejects.toThrow("No such file");
    expect((await session.powerOff()).code).toBe(0);
  });

  test("by a panic for lack of a root filesystem names root= and the disks", async () => {
    const image = join(folder, "no-filesystem.img");
    writeFileSync(image, new Uint8Array(1 << 20));
    const { code, stderr } = await colinux(["root=/dev/cobd7", `cobd3=${image}`]);
    expect(stderr).toContain("colinux: Kernel panic: VFS: Unable to mount root fs");
    expect(stderr).toContain(
      `root=/dev/cobd7 could not be mounted. The disks are: /dev/cobd3 (${image}, /dev/vda in Linux)`,
    );
    expect(code).toBe(3);
  });

  test("by a panic because init ended tells its exit code", async () => {
    const { code, stderr } = await colinux(["rdinit=/usr/bin/false"]);
    expect(stderr).toContain("Attempted to kill init!");
    expect(stderr).toContain("ended with exit code 1");
    expect(code).toBe(3);
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("by %s has exit code %i and frees the disk", async (signal, code) => {
    const image = join(folder, `${signal}.img`);
    writeFileSync(image, new Uint8Array(1 << 20));
    const session = await Session.atPrompt([`cobd0=${image}`]);
    expect(existsSync(`${image}.lock`)).toBe(true);
    session.process.kill(signal);
    expect(await session.ended).toMatchObject({ code, signal: null, stderr: "" });
    expect(existsSync(`${image}.lock`)).toBe(false);
  });

  test("by SIGKILL leaves a lock that the next guest sees through", async () => {
    const image = join(folder, "killed.img");
    writeFileSync(image, new Uint8Array(1 << 20));
    const session = await Session.atPrompt([`cobd0=${image}`]);
    session.process.kill("SIGKILL");
    await session.ended;
    expect(existsSync(`${image}.lock`)).toBe(true);
    expect((await colinux([`cobd0=${image}`])).code).toBe(0);
  });
});

const mke2fs = programPath("mke2fs");
const e2fsck = programPath("e2fsck");

describe.skipIf((mke2fs === undefined || e2fsck === undefined) && "mke2fs and e2fsck are not installed")(
  "a disk",
  () => {
    test("with ext4 is mounted, filled, unmounted, and clean", async () => {
      const image = join(folder, "ext4.img");
      writeFileSync(image, "");
      truncateSync(image, 64 << 20);
      execFileSync(mke2fs!, ["-q", "-t", "ext4", image]);
      const session = await Session.atPrompt([`cobd0=${image}`]);
      await session.run("mount -t ext4 /dev/vda /mnt");
      await session.run("cp -a /usr/bin /mnt/ && for i in $(seq 200); do echo $i > /mnt/file$i; done");
      await session.run("dd if=/dev/urandom of=/mnt/random bs=1M count=16 2> /dev/null", 60_000);
      const sum = await session.run("md5sum < /mnt/random", 60_000);
      await session.run("umount /mnt && mount -t ext4 -o ro /dev/vda /mnt");
      expect(await session.run("md5sum < /mnt/random", 60_000)).toBe(sum);
      await session.run("umount /mnt");
      expect((await session.powerOff()).code).toBe(0);
      const { status, stdout } = spawnSync(e2fsck!, ["-fn", image], { encoding: "utf8" });
      expect(stdout).toContain("Pass 5");
      expect({ status, stdout }).toMatchObject({ status: 0 });
    });

    test("that is read-only refuses writes", async () => {
      const image = join(folder, "read-only.img");
      writeFileSync(image, new Uint8Array(1 << 20));
      const session = await Session.atPrompt([`cobd0=${image},ro`]);
      await expect(session.run("echo x > /dev/vda")).rejects.toThrow();
      expect(await session.run("cat /sys/block/vda/ro")).toContain("1");
      await session.powerOff();
    });
  },
);
