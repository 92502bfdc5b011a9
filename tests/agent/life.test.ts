/*
 * Guests that come and go while their agent is asked, and guests without one.
 */

import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { writeCpio } from "../../kernels/rootfs/cpio.js";
import { findInitramfs } from "../../kernels/rootfs/initramfs.js";
import { noise } from "../support/noise.js";
import { agentGone, bootGuest, collect, type Guest, say, text } from "./guest.js";

let guest: Guest;
afterEach(() => guest.kill());

/** The embedded guest's initramfs with another program in the agent's place. */
function initramfsWith(agent: string): Uint8Array {
  const over = writeCpio([
    { path: "usr", kind: "directory", mode: 0o755 },
    { path: "usr/libexec", kind: "directory", mode: 0o755 },
    { path: "usr/libexec/colinux-agent", kind: "file", mode: 0o755, data: Buffer.from(agent) },
  ]);
  return Buffer.concat([readFileSync(findInitramfs()!.cpio), over]);
}

describe("a reboot", () => {
  test("breaks what runs, and the next guest is ready again", async () => {
    const ready: number[] = [];
    guest = await bootGuest({ onReady: () => ready.push(Date.now()) });
    const program = await guest.exec(["sleep", "100"]);
    const reading = collect(program.stdout).catch((error) => error.cause?.code ?? error.code);
    const writer = program.stdin.getWriter();
    const writing = writer.write(noise(2 ** 20)).catch((error) => error.code);
    const watch = (await guest.files.watch("/tmp")).getReader();
    const watching = watch.read().catch((error) => error.code);
    await guest.exec(["reboot", "-f"]);
    await expect(program.exited).rejects.toMatchObject({ code: "agent-lost" });
    expect(await Promise.all([reading, writing, watching])).toEqual([
      "connection-reset",
      "connection-reset",
      "agent-lost",
    ]);
    expect(await say(guest, "echo again")).toBe("again\n");
    expect(ready).toHaveLength(2);
  });
});

describe("an agent that is killed", () => {
  test("breaks what it served; programs go on, and so does an agent that is started again", async () => {
    guest = await bootGuest();
    const program = await guest.exec(["sh", "-c", "cat; sleep 100"]);
    await guest.exec(["killall", "-9", "colinux-agent"]);
    await expect(program.exited).rejects.toMatchObject({ code: "agent-lost" });
    await agentGone(guest);
    await expect(guest.exec(["true"], { readyTimeout: 100 })).rejects.toMatchObject({ code: "agent-missing" });
    const typed = guest.console.input.getWriter();
    await typed.write(new TextEncoder().encode("/usr/libexec/colinux-agent &\n"));
    expect(await say(guest, `[ -d /proc/${program.pid} ] && echo alive`)).toBe("alive\n");
  });
});

describe("a guest that stops", () => {
  test("fails what runs and what comes", async () => {
    guest = await bootGuest();
    const program = await guest.exec(["sleep", "100"]);
    const reading = program.stdout.getReader().read();
    reading.catch(() => undefined);
    await guest.kill();
    await expect(program.exited).rejects.toMatchObject({ code: "agent-lost" });
    await expect(reading).rejects.toMatchObject({ code: "connection-reset" });
    await expect(guest.exec(["true"])).rejects.toMatchObject({ code: "agent-missing" });
    await expect(guest.ready()).rejects.toMatchObject({ code: "agent-missing" });
    await expect(guest.files.stat("/")).rejects.toMatchObject({ code: "agent-missing" });
  });

  test("fails those who wait for its agent", async () => {
    guest = await bootGuest();
    const waiting = guest.ready();
    waiting.catch(() => undefined);
    await guest.kill();
    await expect(waiting).rejects.toMatchObject({ code: "agent-missing" });
  });
});

describe("a guest without an agent", () => {
  test("has its console, and says clearly that it has no agent", async () => {
    guest = await bootGuest({ initrd: initramfsWith("#!/bin/sh\n") });
    const error = await guest.exec(["true"], { readyTimeout: 1500 }).catch((error) => error);
    expect(error).toMatchObject({ code: "agent-missing" });
    expect(error.message).toContain("colinux-agent");
    const controller = new AbortController();
    const waiting = guest.exec(["true"], { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
    const typed = guest.console.input.getWriter();
    await typed.write(new TextEncoder().encode("poweroff\n"));
    expect(await guest.stopped).toEqual({ kind: "poweroff" });
    await expect(guest.exec(["true"])).rejects.toMatchObject({ code: "agent-missing" });
  });
});

describe("a guest at full load", () => {
  test("still answers", async () => {
    guest = await bootGuest();
    const load = await Promise.all(Array.from({ length: 4 }, () => guest.exec(["sh", "-c", "while :; do :; done"])));
    for (let i = 0; i < 5; i++) expect(await say(guest, `echo ${i}`)).toBe(`${i}\n`);
    expect(text(await guest.files.readFile("/proc/sys/kernel/ostype"))).toBe("Linux\n");
    for (const program of load) await program.kill("SIGKILL");
    for (const program of load) expect(await program.exited).toEqual({ signal: "SIGKILL" });
  });
});

describe("shutdown()", () => {
  test("lets the guest power off", async () => {
    guest = await bootGuest();
    await guest.ready();
    expect(await guest.shutdown()).toEqual({ kind: "poweroff" });
    expect(await guest.shutdown()).toEqual({ kind: "poweroff" });
  });

  test("stops a guest that takes too long", async () => {
    guest = await bootGuest();
    await guest.files.rm("/usr/bin/poweroff");
    await guest.files.writeFile("/usr/bin/poweroff", "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
    expect(await guest.shutdown({ timeoutMs: 300 })).toEqual({ kind: "killed" });
  });

  test("stops a guest that has nobody to ask at once", async () => {
    guest = await bootGuest({ initrd: initramfsWith("#!/bin/sh\n") });
    expect(await guest.shutdown()).toEqual({ kind: "killed" });
  });
});
