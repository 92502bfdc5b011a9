/*
 * Programs in the embedded guest, run by its agent.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noise } from "../support/noise.js";
import { bootGuest, collect, type Guest, same, say, sh, text } from "./guest.js";

const MIB = 2 ** 20;

let guest: Guest;
beforeAll(async () => {
  guest = await bootGuest();
  await guest.ready();
});
afterAll(() => guest.kill());

/** Waits until a shell condition holds in the guest. */
async function until(condition: string): Promise<void> {
  const script = `for i in $(seq 100); do if ${condition}; then exit 0; fi; sleep 0.1; done; exit 1`;
  expect(await sh(guest, script)).toMatchObject({ code: 0 });
}

/** Reads until `found` is in what was read. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, found: string): Promise<string> {
  let seen = "";
  while (!seen.includes(found)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The output ended before ${found}: ${seen}`);
    seen += text(value);
  }
  return seen;
}

describe("a program's end", () => {
  test.each([0, 1, 3, 127, 128, 255])("by exit code %i", async (code) => {
    const { exited } = await guest.exec(["sh", "-c", `exit ${code}`]);
    expect(await exited).toEqual({ code });
  });

  test.each(["SIGHUP", "SIGINT", "SIGTERM", "SIGKILL", "SIGSEGV", "SIGUSR1"])("by %s", async (signal) => {
    const { kill, exited } = bound(await guest.exec(["sleep", "100"]));
    await kill(signal);
    expect(await exited).toEqual({ signal });
  });

  test("reaches the whole process group", async () => {
    const program = await guest.exec(["sh", "-c", "sleep 100 & sleep 100; true"]);
    const members = `$(cat /proc/[0-9]*/stat 2> /dev/null | awk '$5 == ${program.pid}' | wc -l)`;
    await until(`[ ${members} = 3 ]`);
    await program.kill();
    expect(await program.exited).toEqual({ signal: "SIGTERM" });
    await until(`[ ${members} = 0 ]`);
  });

  test("comes at once while children keep the output open", async () => {
    const program = await guest.exec(["sh", "-c", "(sleep 0.5; echo late) & echo early; exit 7"]);
    expect(await program.exited).toEqual({ code: 7 });
    expect(text(await collect(program.stdout))).toBe("early\nlate\n");
    // After the exit there is nobody to hear it.
    await program.kill();
  });

  test("signals that there are not are refused", async () => {
    const program = await guest.exec(["true"]);
    await expect(program.kill("SIGNOTHING")).rejects.toMatchObject({ code: "exec-argument" });
    await expect(program.kill(65)).rejects.toMatchObject({ code: "exec-argument" });
    await program.exited;
  });
});

describe("a program's surroundings", () => {
  test("are root's by default", async () => {
    const variables = "$HOME:$USER:$LOGNAME:$SHELL:$PWD:$TERM.";
    expect(await say(guest, `echo "${variables}"; id -u; umask`)).toBe("/root:root:root:/bin/bash:/root:.\n0\n0022\n");
  });

  test("are what was asked for", async () => {
    const env = { HOME: "/nowhere", A: "x y=z", EMPTY: "", Ü: "ß" };
    const script = 'echo "$HOME|$A|$PWD"; tr "\\0" "\\n" < /proc/$$/environ | grep -E "^(Ü|EMPTY)="';
    expect(await say(guest, script, { env, cwd: "/tmp" })).toBe("/nowhere|x y=z|/tmp\nEMPTY=\nÜ=ß\n");
  });

  test("are those of a user by name and by number", async () => {
    const script = 'echo "$USER $HOME $(id -u) $(id -g) $(id -G)"; cat /etc/secret 2> /dev/null || echo no';
    await sh(guest, "echo secret > /etc/secret; chmod 600 /etc/secret");
    expect(await say(guest, script, { user: "nobody" })).toBe("nobody / 65534 65534 65534\nno\n");
    expect(await say(guest, script, { user: 65534 })).toBe("nobody / 65534 65534 65534\nno\n");
    expect(await say(guest, script, { user: 4242 })).toBe("4242 / 4242 4242 4242\nno\n");
  });

  test("have nothing of the agent's in them", async () => {
    // ls itself opens the directory.
    expect(await say(guest, "ls /proc/self/fd | tr '\\n' ' '")).toBe("0 1 2 3 ");
    const { stdout } = await (await guest.exec(["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"])).output();
    expect(text(stdout)).toBe("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
    expect(await say(guest, "ulimit -n")).toBe("1024\n");
  });
});

describe("a program that cannot be started", () => {
  test.each([
    ["is not there", ["no-such-program"], {}, "ENOENT"],
    ["is no program", ["/etc/passwd"], {}, "EACCES"],
    ["is a directory", ["/etc"], {}, "EACCES"],
    ["has no directory to start in", ["true"], { cwd: "/no/such" }, "ENOENT"],
    ["may not enter its directory", ["true"], { cwd: "/root", user: "nobody" }, "EACCES"],
    ["has no user", ["true"], { user: "somebody" }, "ENOENT"],
  ])("because it %s", async (_, argv, options, errno) => {
    await expect(guest.exec(argv, options)).rejects.toMatchObject({ code: "exec-failed", errno });
  });

  test("because it cannot be said", async () => {
    await expect(guest.exec([])).rejects.toMatchObject({ code: "exec-argument" });
    await expect(guest.exec(["a\0b"])).rejects.toMatchObject({ code: "exec-argument" });
    await expect(guest.exec(["true"], { env: { "A=B": "" } })).rejects.toMatchObject({ code: "exec-argument" });
    await expect(guest.exec(["true"], { tty: { columns: 0, rows: 1 } })).rejects.toMatchObject({
      code: "console-size",
    });
  });

  test("has up to the kernel's maximum of words", async () => {
    // 131071 bytes a word, 2 MiB with pointers and variables in all [execve(2)].
    const word = "x".repeat(131_071);
    const words = Array.from({ length: 15 }, () => word);
    const most = await guest.exec(["/bin/busybox", "echo", ...words]);
    expect((await most.output()).stdout.length).toBe(15 * 131_072);
    const more = guest.exec(["/bin/busybox", "true", ...words, word]);
    await expect(more).rejects.toMatchObject({ code: "exec-failed", errno: "E2BIG" });
    const far = guest.exec(["true", "x".repeat(17 * MIB)]);
    await expect(far).rejects.toMatchObject({ code: "exec-failed", errno: "E2BIG" });
    const many = await guest.exec(["sh", "-c", "echo $#", ...Array.from({ length: 100_000 }, () => "a")]);
    expect(text((await many.output()).stdout)).toBe("99999\n");
  });
});

describe("streams", () => {
  test("carry bytes of any kind in both directions", async () => {
    const bytes = noise(20 * MIB + 12345);
    const { stdout, code } = await (await guest.exec(["cat"], { stdin: bytes })).output();
    expect(code).toBe(0);
    expect(same(stdout, bytes)).toBe(true);
  });

  test("keep errors apart", async () => {
    const { stdout, stderr } = await sh(guest, "echo out; echo err >&2");
    expect([text(stdout), text(stderr)]).toEqual(["out\n", "err\n"]);
  });

  test("are fed by a stream", async () => {
    const stdin = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const word of ["a ", "b ", "c"]) controller.enqueue(new TextEncoder().encode(word));
        controller.close();
      },
    });
    expect(text((await (await guest.exec(["cat"], { stdin })).output()).stdout)).toBe("a b c");
  });

  test("answer before the input has ended", async () => {
    const program = await guest.exec(["cat"]);
    const writer = program.stdin.getWriter();
    const reader = program.stdout.getReader();
    for (const line of ["one\n", "two\n"]) {
      await writer.write(new TextEncoder().encode(line));
      expect(await readUntil(reader, "\n")).toBe(line);
    }
    await writer.close();
    expect(await program.exited).toEqual({ code: 0 });
  });

  test("hold a program whose output nobody reads, while others go on", async () => {
    const program = await guest.exec(["sh", "-c", "echo $$ > /tmp/yes; exec yes 0123456789abcde"]);
    await until("[ -s /tmp/yes ]");
    // All buffers are full when it uses no time any more.
    const used = "$(cut -d ' ' -f 14,15 /proc/$(cat /tmp/yes)/stat)";
    await until(`before="${used}"; sleep 0.2; [ "$before" = "${used}" ]`);
    expect(await say(guest, "echo still here")).toBe("still here\n");
    const reader = program.stdout.getReader();
    let bytes = 0;
    while (bytes < 4 * MIB) {
      const { value } = await reader.read();
      expect(text(value!.subarray(0, 16)).length).toBe(Math.min(16, value!.length));
      bytes += value!.length;
    }
    await reader.cancel();
    expect(await program.exited).toEqual({ signal: "SIGPIPE" });
  });

  test("hold a writer whose input nobody reads", async () => {
    const program = await guest.exec(["sleep", "100"]);
    const writer = program.stdin.getWriter();
    const outcome = writer.write(noise(4 * MIB)).then(
      () => "written",
      (error) => error.code,
    );
    expect(await Promise.race([outcome, say(guest, "sleep 0.3; echo waiting")])).toBe("waiting\n");
    await program.kill();
    expect(await outcome).toBe("connection-reset");
    expect(await program.exited).toEqual({ signal: "SIGTERM" });
  });

  test("that the host closes are closed pipes to the program", async () => {
    const program = await guest.exec(["yes"]);
    const reader = program.stdout.getReader();
    await reader.read();
    await reader.cancel();
    expect(await program.exited).toEqual({ signal: "SIGPIPE" });
  });

  test("that the program closes fail to its writer", async () => {
    const program = await guest.exec(["sh", "-c", "exec 0<&-; sleep 0.2; echo done"]);
    const writer = program.stdin.getWriter();
    const write = async () => {
      for (;;) await writer.write(noise(MIB));
    };
    await expect(write()).rejects.toMatchObject({ code: "connection-reset" });
    expect(text(await collect(program.stdout))).toBe("done\n");
    expect(await program.exited).toEqual({ code: 0 });
  });

  test("lose nothing of many small writes", async () => {
    const program = await guest.exec(["sh", "-c", "cat | md5sum"]);
    const writer = program.stdin.getWriter();
    const bytes = noise(20_000);
    for (const byte of bytes) void writer.write(Uint8Array.of(byte));
    await writer.close();
    const [sum] = text(await collect(program.stdout)).split(" ");
    const { createHash } = await import("node:crypto");
    expect(sum).toBe(createHash("md5").update(bytes).digest("hex"));
    expect((await sh(guest, "for i in $(seq 3000); do echo -n x; done")).stdout.length).toBe(3000);
  });
});

describe("a terminal", () => {
  test("has a size, and is told a new one", async () => {
    const program = await guest.exec(
      ["sh", "-c", "trap 'stty size; exit' WINCH; tty; stty size; while :; do sleep 0.05; done"],
      {
        tty: { columns: 91, rows: 17 },
      },
    );
    const reader = program.stdout.getReader();
    expect(await readUntil(reader, "17 91")).toMatch(/^\/dev\/pts\/\d+\r\n17 91/);
    await program.resize(120, 40);
    await readUntil(reader, "40 120");
    expect(await program.exited).toEqual({ code: 0 });
  });

  test("takes ^C and ^D, and echoes", async () => {
    const program = await guest.exec(["cat"], { tty: true });
    const reader = program.stdout.getReader();
    const writer = program.stdin.getWriter();
    await writer.write(new TextEncoder().encode("abc\n"));
    await readUntil(reader, "abc\r\nabc\r\n");
    await writer.write(Uint8Array.of(3));
    expect(await program.exited).toEqual({ signal: "SIGINT" });
    const other = await guest.exec(["cat"], { tty: true });
    await other.stdin.close();
    expect(await other.exited).toEqual({ code: 0 });
  });

  test("is what the login shell has", async () => {
    const shell = await guest.shell();
    const reader = shell.stdout.getReader();
    const writer = shell.stdin.getWriter();
    await writer.write(new TextEncoder().encode("echo $0-$TERM-$(id -un); exit 5\n"));
    await readUntil(reader, "-bash-xterm-256color-root");
    expect(await shell.exited).toEqual({ code: 5 });
  });

  test("hangs up when the host leaves", async () => {
    const controller = new AbortController();
    const shell = await guest.shell({ signal: controller.signal });
    await until(`[ -d /proc/${shell.pid} ]`);
    controller.abort();
    await until(`! [ -d /proc/${shell.pid} ]`);
  });
});

describe("an abort", () => {
  test("before the start", async () => {
    await expect(guest.exec(["true"], { signal: AbortSignal.abort("why") })).rejects.toMatchObject({
      code: "aborted",
      cause: "why",
    });
  });

  test("in the middle ends the program, also one that does not care for SIGHUP", async () => {
    const controller = new AbortController();
    const program = await guest.exec(["sh", "-c", "trap '' HUP; echo ready; while :; do sleep 1; done"], {
      signal: controller.signal,
    });
    const reader = program.stdout.getReader();
    await readUntil(reader, "ready");
    controller.abort();
    await expect(program.exited).rejects.toMatchObject({ code: "aborted" });
    await expect(reader.read()).rejects.toMatchObject({ code: "connection-reset" });
    await until(`! [ -d /proc/${program.pid} ]`);
  });

  test("at any moment leaves nothing behind", async () => {
    for (let ms = 0; ms < 16; ms++) {
      const controller = new AbortController();
      const started = guest.exec(["sleep", "4712"], { signal: controller.signal });
      setTimeout(() => controller.abort(), ms);
      const outcome = started.then(({ exited }) => exited);
      await expect(outcome).rejects.toMatchObject({ code: "aborted" });
    }
    await until("! pgrep -f '^sleep 4712' > /dev/null");
  });
});

describe("many programs", () => {
  test("run at once", async () => {
    const all = Array.from({ length: 50 }, async (_, i) => {
      const { stdout, code } = await sh(guest, "cat; sleep 0.1; exit $N", { stdin: `n${i}`, env: { N: String(i) } });
      return `${text(stdout)} ${code}`;
    });
    expect(await Promise.all(all)).toEqual(Array.from({ length: 50 }, (_, i) => `n${i} ${i}`));
  });

  test("leave nothing open in the agent", async () => {
    const count = "ls /proc/$(pidof colinux-agent)/fd | wc -l";
    const before = await say(guest, count);
    for (let i = 0; i < 10; i++) await sh(guest, "true");
    expect(await say(guest, count)).toBe(before);
  });
});

/** Methods that can be taken apart from their object. */
function bound(program: Awaited<ReturnType<Guest["exec"]>>) {
  return { kill: (signal: string) => program.kill(signal), exited: program.exited };
}
