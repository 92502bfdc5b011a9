/*
 * The conversation with a guest, held with a shell of this machine in its place.
 */

import { expect, test } from "vitest";
import { Machine, type Start } from "./machine.js";

const shell = (script: string): Start => ({ command: "sh", args: ["-c", script], env: {} });
const SERVE = 'echo "@E 0"; while read -r line; do eval "$line"; echo "@E $?"; done';

test("runs commands one after another and measures what they mark", async () => {
  const machine = new Machine("guest", shell(SERVE));
  await machine.ready();
  const { measurements } = await machine.run("echo @B nap; sleep 0.05; echo @R nap x 00c0");
  expect(measurements).toMatchObject([{ name: "nap", checksum: "00c0" }]);
  expect(measurements[0].seconds).toBeGreaterThan(0.04);
  expect((await machine.run("echo one; echo two")).said).toEqual(["one", "two"]);
  await machine.kill();
});

test("rejects when a command fails, with the last words", async () => {
  const machine = new Machine("guest", shell(SERVE));
  await machine.ready();
  await expect(machine.run("echo broken pipe; false")).rejects.toThrow(/^guest: "echo .*ended with status 1.*broken/s);
  await machine.kill();
});

test("rejects when the machine ends, with what it said on stderr", async () => {
  const machine = new Machine("guest", shell("echo no such disk >&2; exit 3"));
  await expect(machine.ready()).rejects.toThrow(/^guest: ended with exit code 3.*no such disk/s);
  await machine.kill();
});

test("rejects when there is no such program", async () => {
  const machine = new Machine("guest", { command: "/nowhere/machine", args: [], env: {} });
  await expect(machine.ready()).rejects.toThrow("guest: did not start");
  await machine.kill();
});

test("showed() sees a prompt, which is no whole line", async () => {
  const machine = new Machine("guest", shell("sleep 0.02; printf 'hello\\nroot# '; read -r line"));
  expect(await machine.showed(/root# $/)).toBeGreaterThan(15);
  await machine.kill();
});
