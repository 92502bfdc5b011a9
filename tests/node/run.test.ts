/*
 * `colinux run`: a program in a guest of its own behaves as one that runs here would.
 */

import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLI, colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";
import { endWithFile } from "../support/leftovers.js";
import { TestTerminal } from "../support/terminal.js";

const folder = temporaryFolder();
const run = (words: readonly string[], input = "") => colinux(["run", ...words], { input });
const sh = (script: string, input = "") => run(["--", "sh", "-c", script], input);
const quiet = { signal: null, stdout: "", stderr: "" };

/** The running command, for tests that signal it or treat its streams in a special way. */
function start(...argv: string[]) {
  const child = spawn(process.execPath, [CLI, "run", "--", ...argv], { stdio: "pipe" });
  endWithFile(child);
  return child;
}

describe("the exit code", () => {
  test.each([0, 1, 7, 255])("is the command's: %i", async (code) => {
    expect(await sh(`exit ${code}`)).toEqual({ ...quiet, code });
  });

  test("is 128 + N of a command that signal N ended", async () => {
    expect(await sh("kill -9 $$")).toEqual({ ...quiet, code: 137 });
  });

  test("is 127 of a command that is not there, 126 of one that is no program", async () => {
    expect(await run(["--", "nosuch"])).toMatchObject({ code: 127, stderr: expect.stringContaining("nosuch") });
    expect(await run(["--", "/etc/passwd"])).toMatchObject({ code: 126, stderr: expect.stringContaining("EACCES") });
  });

  test.each([
    [["true"], "no command"],
    [["--"], "no command"],
    [["--bad", "--", "true"], "--bad"],
    [["mem=1", "--", "true"], "mem=1"],
    [["kernel=/nosuch", "--", "true"], "/nosuch"],
    [["--env", "x", "--", "true"], "--env x"],
  ])("is 125 when colinux cannot do what is asked: %j", async (words, about) => {
    const { code, stdout, stderr } = await run(words);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toContain(about);
    expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(4);
  });

  test("is 125 when the guest stops first", async () => {
    const { code, stderr } = await sh("poweroff; sleep 60");
    expect(code).toBe(125);
    expect(stderr).toContain("stopped before the command ended");
  });
});

describe("streams", () => {
  test("stdout and stderr come apart, and nothing else with them", async () => {
    expect(await sh("echo out; echo err >&2")).toEqual({ code: 0, signal: null, stdout: "out\n", stderr: "err\n" });
  });

  test("10 MB through cat are the same", async () => {
    const child = start("cat");
    const data = randomBytes(10_000_000);
    const sum = createHash("sha256");
    child.stdout.on("data", (part) => sum.update(part));
    child.stdin.end(data);
    await once(child, "close");
    expect(sum.digest("hex")).toBe(createHash("sha256").update(data).digest("hex"));
  });

  test("a reader that goes away ends the command as SIGPIPE does", async () => {
    const child = start("yes");
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await once(child, "exit")).toEqual([141, null]);
  });

  test("a command that reads no input ends whatever is piped in", async () => {
    const child = start("sh", "-c", "exec <&-; echo done");
    child.stdin.on("error", () => undefined);
    const flood = setInterval(() => child.stdin.write(Buffer.alloc(65536)), 1);
    const [code] = await once(child, "exit");
    clearInterval(flood);
    expect(code).toBe(0);
  });

  test("children that keep the output open are not waited for", async () => {
    expect(await sh("sleep 1000 & echo here")).toEqual({ ...quiet, code: 0, stdout: "here\n" });
  });
});

test("--env, --cwd and --user", async () => {
  const words = ["--env", "A=b c", "--cwd", "/tmp", "--user", "nobody", "--", "sh", "-c", 'echo "$A" $PWD $(id -u)'];
  expect(await run(words)).toEqual({ ...quiet, code: 0, stdout: "b c /tmp 65534\n" });
});

test("--verbose shows the boot on stderr", async () => {
  const { stdout, stderr } = await run(["--verbose", "--", "echo", "x"]);
  expect(stdout).toBe("x\n");
  expect(stderr).toContain("Run /init as init process");
});

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)("%s reaches the command", async (signal, code) => {
  const child = start("sh", "-c", "echo up; exec sleep 1000");
  await once(child.stdout, "data");
  child.kill(signal);
  expect(await once(child, "exit")).toEqual([code, null]);
});

test("what is written to a disk is there the next time", async () => {
  const disk = join(folder, "disk.img");
  writeFileSync(disk, "");
  truncateSync(disk, 64 << 20);
  const mount = "mount /dev/vda /mnt";
  const made = await run([
    `cobd0=${disk}`,
    "--",
    "sh",
    "-c",
    `/usr/sbin/mke2fs -q -t ext4 /dev/vda && ${mount} && echo kept > /mnt/f`,
  ]);
  expect(made).toMatchObject({ code: 0 });
  expect(await run([`cobd0=${disk}`, "--", "sh", "-c", `${mount} && cat /mnt/f`])).toMatchObject({ stdout: "kept\n" });
});

test("a terminal program has the terminal, its size and its keys", async () => {
  const terminal = new TestTerminal(
    [process.execPath, CLI, "run", "--", "sh", "-c", "stty size; cat; exit 9"],
    [90, 20],
  );
  await terminal.screen.expect(/20 90/);
  terminal.type("typed\r");
  await terminal.screen.expect(/typed\r\n.*typed/s);
  terminal.type("\x04");
  expect(await terminal.end).toEqual({ exit: 9, restored: true });
});
