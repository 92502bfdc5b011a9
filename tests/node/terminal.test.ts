/*
 * The command on a terminal: raw keys, window size, escape keys, and the terminal put back on every way out.
 */

import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { CLI } from "../support/command.js";
import { TestTerminal } from "../support/terminal.js";
import { programPath } from "../support/tools.js";

const PROMPT = /# /;
const RAW = { echo: false, canonical: false };

async function atPrompt(args: string[] = [], size?: [number, number], env?: NodeJS.ProcessEnv): Promise<TestTerminal> {
  const terminal = new TestTerminal([process.execPath, CLI, ...args], size, env);
  await terminal.screen.expect(PROMPT);
  return terminal;
}

/** A job that has said it runs; what is typed earlier could still reach the shell instead of it. */
async function startSleeping(terminal: TestTerminal): Promise<void> {
  terminal.type("sh -c 'echo $((6 * 7)); exec sleep 1000'\r");
  await terminal.screen.expect(/^42/m);
}

describe.skipIf(programPath("python3") === undefined && "python3 is not installed")("colinux on a terminal", () => {
  test("has the size of the window and follows it", async () => {
    const terminal = await atPrompt([], [100, 30]);
    expect(await terminal.mode()).toEqual(RAW);
    terminal.type("stty size\r");
    await terminal.screen.expect(/^30 100\r?$/m);
    terminal.resize(61, 17);
    terminal.type("sleep 1; stty size\r");
    // Where the shell hears of the new size while it runs the command, it draws its line again in front of the answer.
    await terminal.screen.expect(/17 61\r?$/m);
    terminal.type("poweroff\r");
    expect(await terminal.end).toEqual({ exit: 0, restored: true });
  });

  test("keeps the size of cocon=", async () => {
    const terminal = await atPrompt(["cocon=111x22"], [100, 30]);
    terminal.resize(61, 17);
    terminal.type("sleep 1; stty size\r");
    await terminal.screen.expect(/22 111\r?$/m);
    terminal.type("poweroff\r");
    await terminal.end;
  });

  test("gives Ctrl-C and Ctrl-Z to the guest", async () => {
    const terminal = await atPrompt();
    await startSleeping(terminal);
    terminal.type("\x03");
    await terminal.screen.expect(PROMPT);
    await startSleeping(terminal);
    terminal.type("\x1a");
    await terminal.screen.expect(/Stopped/);
    terminal.type("kill %1\rpoweroff\r");
    expect(await terminal.end).toEqual({ exit: 0, restored: true });
  });

  test("ends by SIGHUP when its window is closed", async () => {
    const terminal = await atPrompt();
    terminal.close();
    expect((await terminal.end).exit).toBe(-constants.signals.SIGHUP);
  });

  test("helps on Ctrl-A h and leaves on Ctrl-A x", async () => {
    const terminal = await atPrompt();
    terminal.type("\x01h");
    await terminal.screen.expect(/Ctrl-A x {2}leave/);
    terminal.type("\x01x");
    expect(await terminal.end).toEqual({ exit: 0, restored: true });
  });

  test.each([
    ["SIGTERM", 15],
    ["SIGHUP", 1],
    ["SIGINT", 2],
  ])("puts the terminal back on %s", async (_, signal) => {
    const terminal = await atPrompt();
    terminal.signal(signal);
    expect(await terminal.end).toEqual({ exit: 128 + signal, restored: true });
  });

  test("puts the terminal back on a panic and on a refusal", async () => {
    const panicked = await atPrompt();
    panicked.type("echo c > /proc/sysrq-trigger\r");
    expect(await panicked.end).toEqual({ exit: 3, restored: true });
    const refused = new TestTerminal([process.execPath, CLI, "mem=1"]);
    expect(await refused.end).toEqual({ exit: 2, restored: true });
  });

  test("is raw again after it was stopped and continued", async () => {
    const terminal = await atPrompt();
    terminal.signal(19);
    terminal.signal(18);
    terminal.type("echo still he''re\r");
    await terminal.screen.expect(/^still here/m);
    expect(await terminal.mode()).toEqual(RAW);
    terminal.type("poweroff\r");
    expect(await terminal.end).toEqual({ exit: 0, restored: true });
  });

  test("respects NO_COLOR in what it says itself", async () => {
    const coloured = new TestTerminal([process.execPath, CLI, "mem=1"]);
    await coloured.end;
    expect(coloured.screen.text).toContain("\x1b[1mcolinux:");
    const plain = new TestTerminal([process.execPath, CLI, "mem=1"], [80, 24], { NO_COLOR: "1" });
    await plain.end;
    expect(plain.screen.text).not.toContain("\x1b");
  });
});
