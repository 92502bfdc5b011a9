/*
 * Debian on a disk that `colinux create` made, under our kernel and under Debian's own: what its users do with it, how it ends, and what is on
 * the disk then.
 */

import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { check, missingPrograms } from "../storage/ext4.js";
import { CLI } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";
import { TestTerminal } from "../support/terminal.js";
import { programPath } from "../support/tools.js";
import { BOOT_MS, COMMAND_MS, copyImage, debianImage, Login } from "./image.js";

const OURS = ["root=/dev/cobd0"];
const DEBIANS = ["kernel=:cobd0"];
const KERNELS = [
  { name: "our kernel", words: OURS, release: /-colinux$/m },
  { name: "Debian's kernel", words: DEBIANS, release: /\+deb\d+-riscv64$/m },
];

const MAKE_PROGRAM = `mkdir /root/program && cd /root/program
cat > main.c << 'END'
#include <stdio.h>
#include <math.h>
#include "sum.h"
int main(void) { printf("sum %d, root %.3f\\n", sum(100), sqrt(2)); return 0; }
END
echo 'int sum(int n);' > sum.h
echo 'int sum(int n) { int s = 0; for (int i = 1; i <= n; i++) s += i; return s; }' > sum.c
printf 'CFLAGS = -O2 -Wall -Werror\\nprogram: main.o sum.o\\n\\t$(CC) -o $@ $^ -lm\\n' > Makefile
make && ./program; cd; rm -r program`;

const USE_GIT = [
  "git init -q repository && cd repository",
  "git config user.name Somebody && git config user.email somebody@example.org",
  "for n in 1 2 3; do cp -r /etc/apt etc-$n && git add . && git commit -qm $n || break; done",
  "git gc -q && git fsck --strict --no-progress && git log --oneline | wc -l",
  "git status --short && cd && rm -r repository",
].join(" && ");

const folder = temporaryFolder();
const image = join(folder, "debian.img");
const missing = [...missingPrograms, ...(programPath("python3") ? [] : ["python3"])];

describe.skipIf(missing.length > 0 && `${missing} not installed`)("Debian", () => {
  beforeEach(async () => copyImage(await debianImage(), image), 3_600_000);

  describe.each(KERNELS)("under $name", { timeout: 1_800_000 }, ({ words, release }) => {
    test("comes up without a failed unit, works, reboots and powers off", async () => {
      const login = await Login.on(image, words);
      expect(await login.run("uname -r")).toMatch(release);
      expect(await login.run("systemctl is-system-running --wait")).toBe("running\n");
      expect(await login.run("systemctl --failed --no-legend --no-pager")).toBe("");
      expect(await login.run("echo $TERM")).toBe("dumb\n");
      expect(await login.run("python3 -c 'print(2 ** 200, sum(range(10 ** 5)))'")).toBe(
        "1606938044258990275541962092341162602522202993782792835301376 4999950000\n",
      );
      expect(await login.run(MAKE_PROGRAM)).toContain("sum 5050, root 1.414\n");
      expect(await login.run(USE_GIT)).toBe("3\n");
      expect(await login.run("apt list --installed 2> /dev/null | cat")).toMatch(/^python3\/.* riscv64 \[installed/m);
      expect(await login.run("dpkg --configure -a; dpkg --audit")).toBe("");
      await login.run("logger before the reboot");

      login.type("reboot\n");
      await login.enter();
      expect(await login.run("journalctl --boot=-1 --no-pager | grep -e 'before the' -e 'Journal stopped'")).toMatch(
        /root\[\d+\]: before the reboot\n[\s\S]*Journal stopped/,
      );
      const { code, stderr, stdout } = await login.powerOff();
      expect({ code, stderr }).toEqual({ code: 0, stderr: "colinux: Powered off.\n" });
      // systemd without libbpf, which Debian does not require, says so.
      expect(stdout).not.toMatch(/Failed(?! to open libbpf)|FAILED|system scope bus/);
      expect(await check(image)).toEqual([]);
    });
  });

  test("is the same disk to both kernels in turn", { timeout: 1_800_000 }, async () => {
    let expected = "";
    for (const words of [OURS, DEBIANS, OURS]) {
      const login = await Login.on(image, words);
      if (expected !== "") expect(await login.run("cat kernels")).toBe(expected);
      expected += await login.run("uname -r | tee -a kernels");
      login.type("shutdown -h now\n");
      expect((await login.ended).code).toBe(0);
      expect(await check(image)).toEqual([]);
    }
  });

  test("knows the terminal and follows its size", { timeout: 600_000 }, async () => {
    const terminal = new TestTerminal([process.execPath, CLI, "mem=512", `cobd0=${image}`, ...OURS], [100, 30]);
    await terminal.screen.expect(/ login: /, BOOT_MS);
    terminal.type("root\r");
    await terminal.screen.expect(/root@debian:~# /, COMMAND_MS);
    terminal.type("echo $TERM; stty size\r");
    await terminal.screen.expect(/^xterm-256color\r*\n30 100\r*$/m, COMMAND_MS);
    terminal.resize(61, 17);
    terminal.type("sleep 1; stty size\r");
    await terminal.screen.expect(/17 61\r*$/m, COMMAND_MS);
    terminal.type("poweroff\r");
    expect(await terminal.end).toEqual({ exit: 0, restored: true });
  });
});
