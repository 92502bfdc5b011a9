/*
 * The agent for hours, in minutes: very much, very many, very small, and readers that never read.
 */

import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "../support/noise.js";
import { bootGuest, collect, type Guest, same, say, sh, text } from "./guest.js";

const MIB = 2 ** 20;

let guest: Guest;
beforeAll(async () => {
  guest = await bootGuest();
  await guest.ready();
});
afterAll(() => guest.kill());

const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");
const agentKib = async () => Number(await say(guest, "awk '/VmRSS/ { print $2 }' /proc/$(pidof colinux-agent)/status"));
const agentFiles = async () => Number(await say(guest, "ls /proc/$(pidof colinux-agent)/fd | wc -l"));

test("50 MB through cat, four times at once", async () => {
  const bytes = noise(50 * MIB);
  const all = Array.from({ length: 4 }, async () => (await guest.exec(["cat"], { stdin: bytes })).output());
  for (const { stdout, code } of await Promise.all(all)) expect([code, same(stdout, bytes)]).toEqual([0, true]);
});

test("a million small writes of the guest", async () => {
  const { stdout } = await sh(guest, "dd if=/dev/zero bs=1 count=1000000 2> /dev/null");
  expect(stdout.length).toBe(1_000_000);
});

test("a million small writes of the host", async () => {
  const program = await guest.exec(["md5sum"]);
  const sum = collect(program.stdout);
  const writer = program.stdin.getWriter();
  const bytes = noise(1_000_000);
  for (let at = 0; at < bytes.length; at++) {
    const written = writer.write(bytes.subarray(at, at + 1));
    if (at % 1000 === 0) await written;
  }
  await writer.close();
  expect(text(await sum).split(" ")[0]).toBe(md5(bytes));
});

test("1000 programs one after the other leave nothing behind", async () => {
  for (let i = 0; i < 20; i++) await sh(guest, "true");
  const [kib, files] = [await agentKib(), await agentFiles()];
  for (let i = 0; i < 1000; i++) expect((await sh(guest, `exit ${i % 256}`)).code).toBe(i % 256);
  expect(await agentFiles()).toBe(files);
  expect(await agentKib()).toBeLessThan(kib + 256);
});

test("200 programs at once, more than the agent may have files open by default", async () => {
  const all = Array.from({ length: 200 }, async (_, i) => text((await sh(guest, "cat", { stdin: `${i}` })).stdout));
  expect(await Promise.all(all)).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`));
});

test("readers that never read cost bounded memory on both sides", async () => {
  const before = process.memoryUsage().arrayBuffers;
  const programs = await Promise.all(Array.from({ length: 40 }, () => guest.exec(["yes"])));
  for (let i = 0; i < 10; i++) expect(await say(guest, "sleep 0.2; echo on")).toBe("on\n");
  // 256 KiB each, and what waits to be collected.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * MIB);
  expect(await agentKib()).toBeLessThan(8192);
  for (const program of programs) await program.kill("SIGKILL");
  for (const program of programs) expect(await program.exited).toEqual({ signal: "SIGKILL" });
  for (const program of programs) await program.stdout.cancel();
});

test("a file of 100 MB there and back", async () => {
  await sh(guest, "mount -t tmpfs -o size=90% none /mnt");
  const bytes = noise(100 * MIB);
  await guest.files.writeFile("/mnt/a", bytes);
  expect(same(await guest.files.readFile("/mnt/a"), bytes)).toBe(true);
  expect(text((await sh(guest, "md5sum < /mnt/a")).stdout).split(" ")[0]).toBe(md5(bytes));
  await sh(guest, "umount /mnt");
});
