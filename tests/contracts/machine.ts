/*
 * What every machine does, wherever its guest runs: in the thread of its caller, in a worker of Node, in a Worker of a page. The cases need nothing but the
 * language and the web's streams, so that they run in a page as they are.
 *
 *     tests/contracts/machine.test.ts   on Node
 *     tests/browser/contract.test.ts    in Chromium
 */

import type { Machine, Storage } from "../../host-js/common/index.js";
import { noise } from "../support/noise.js";

const MIB = 2 ** 20;

/** Of the options that all boots take, what the cases use. */
export interface ContractOptions {
  readonly disks?: ReadonlyArray<Storage>;
  readonly ramBytes?: number;
  readonly onReady?: () => void;
  readonly signal?: AbortSignal;
}

export type ContractBoot = (options?: ContractOptions) => Promise<Machine>;

/** Fails by throwing. `guest` is shared by the cases that take one and leave it as it was; others boot their own. */
export type Case =
  | { readonly name: string; readonly run: (guest: Machine) => Promise<void> }
  | { readonly name: string; readonly alone: (boot: ContractBoot) => Promise<void> };

export const CASES: readonly Case[] = [
  {
    name: "runs a program, with its output, its errors and its exit code",
    run: async (guest) => {
      const program = await guest.exec(["sh", "-c", "cat; echo wrong >&2; exit 7"], { stdin: "right\n" });
      const { code, stdout, stderr } = await program.output();
      equal([code, text(stdout), text(stderr)], [7, "right\n", "wrong\n"]);
    },
  },
  {
    name: "passes directory, variables and user",
    run: async (guest) => {
      const script = 'echo "$PWD $A $(id -un)"';
      equal(await say(guest, script, { cwd: "/tmp", env: { A: "ä=1" }, user: "nobody" }), "/tmp ä=1 nobody\n");
    },
  },
  {
    name: "sends signals",
    run: async (guest) => {
      const program = await guest.exec(["sleep", "100"]);
      await program.kill("SIGUSR1");
      equal(await program.exited, { signal: "SIGUSR1" });
    },
  },
  {
    name: "gives a terminal, and tells it its size",
    run: async (guest) => {
      const program = await guest.exec(["sh", "-c", "stty size; read line; stty size"], {
        tty: { columns: 90, rows: 30 },
      });
      const output = new Reader(program.stdout);
      await output.until("30 90");
      await program.resize(120, 40);
      await program.stdin.getWriter().write(bytes("\n"));
      await output.until("40 120");
      equal(await program.exited, { code: 0 });
    },
  },
  {
    name: "passes 8 MiB through a program and back, unchanged",
    run: async (guest) => {
      const sent = noise(8 * MIB);
      const { stdout } = await (await guest.exec(["cat"], { stdin: sent })).output();
      equal(same(stdout, sent), true);
    },
  },
  {
    name: "passes many small writes on in their order",
    run: async (guest) => {
      const program = await guest.exec(["cat"]);
      const writer = program.stdin.getWriter();
      const writing = (async () => {
        for (let i = 0; i < 2000; i++) await writer.write(bytes(`${i}\n`));
        await writer.close();
      })();
      const { stdout } = await program.output();
      await writing;
      equal(text(stdout), Array.from({ length: 2000 }, (_, i) => `${i}\n`).join(""));
    },
  },
  {
    name: "holds a program that nobody reads, and lets it go when its output is cancelled",
    run: async (guest) => {
      const program = await guest.exec(["yes"]);
      equal(await Promise.race([program.exited, pause(300)]), undefined);
      await program.stdout.cancel();
      equal(await program.exited, { signal: "SIGPIPE" });
    },
  },
  {
    name: "holds a writer whose program does not read, and fails it when the program ends",
    run: async (guest) => {
      const program = await guest.exec(["sleep", "0.5"]);
      const writer = program.stdin.getWriter();
      const error = await (async () => {
        for (let i = 0; i < 64; i++) await writer.write(noise(MIB));
      })().catch((thrown) => thrown);
      equal(error.code, "connection-reset");
      equal(await program.exited, { code: 0 });
    },
  },
  {
    name: "says why a program cannot be started",
    run: async (guest) => {
      const error = await rejected(guest.exec(["/no/such/program"]));
      equal([error.name, error.code, error.errno], ["GuestError", "exec-failed", "ENOENT"]);
    },
  },
  {
    name: "aborts a program",
    run: async (guest) => {
      const abort = new AbortController();
      const program = await guest.exec(["sleep", "100"], { signal: abort.signal });
      abort.abort("enough");
      const error = await rejected(program.exited);
      equal([error.code, error.cause], ["aborted", "enough"]);
      await until(async () => (await say(guest, `[ -d /proc/${program.pid} ] || echo gone`)) === "gone\n");
    },
  },
  {
    name: "runs twenty programs at once",
    run: async (guest) => {
      const said = await Promise.all(Array.from({ length: 20 }, (_, i) => say(guest, `echo ${i}`)));
      equal(
        said,
        Array.from({ length: 20 }, (_, i) => `${i}\n`),
      );
    },
  },
  {
    name: "writes, reads, lists, renames and removes files",
    run: async (guest) => {
      const { files } = guest;
      await files.mkdir("/tmp/contract/deep", { recursive: true });
      await files.writeFile("/tmp/contract/deep/a", noise(3 * MIB), { mode: 0o600 });
      equal(same(await files.readFile("/tmp/contract/deep/a"), noise(3 * MIB)), true);
      const { type, size, mode } = await files.stat("/tmp/contract/deep/a");
      equal([type, size, mode], ["file", 3 * MIB, 0o600]);
      await files.rename("/tmp/contract/deep/a", "/tmp/contract/b");
      equal((await files.readdir("/tmp/contract")).map(({ name }) => name).sort(), ["b", "deep"]);
      await files.rm("/tmp/contract", { recursive: true });
      const error = await rejected(files.stat("/tmp/contract"));
      equal([error.code, error.errno], ["guest-file", "ENOENT"]);
    },
  },
  {
    name: "watches files",
    run: async (guest) => {
      const watch = (await guest.files.watch("/tmp")).getReader();
      await guest.files.writeFile("/tmp/watched", bytes("x"));
      const { value } = await watch.read();
      equal([value?.type, value?.name], ["create", "watched"]);
      await watch.cancel();
      await guest.files.rm("/tmp/watched");
    },
  },
  {
    name: "has a console that can be read, typed at and resized",
    alone: async (boot) => {
      const guest = await boot();
      const console = new Reader(guest.console.output);
      await console.until("# ");
      guest.console.resize(101, 41);
      const typed = guest.console.input.getWriter();
      await typed.write(bytes("stty size; echo $((6 * 7))\n"));
      await console.until("41 101");
      await console.until("42");
      equal(await codeOf(() => guest.console.resize(0, 1)), "console-size");
      await typed.write(bytes("poweroff\n"));
      await console.toEnd();
      equal(await guest.stopped, { kind: "poweroff" });
    },
  },
  {
    name: "says all there was to say although its console is read late",
    alone: async (boot) => {
      const guest = await boot();
      const program = await guest.exec(["sh", "-c", "seq 20000 > /dev/console; poweroff -f"]);
      await program.exited.catch(() => undefined);
      equal(await guest.stopped, { kind: "poweroff" });
      const said = await new Reader(guest.console.output).toEnd();
      equal(said.includes("19999\r\n20000\r\n"), true);
    },
  },
  {
    name: "tells that the agent is there, of each guest anew",
    alone: async (boot) => {
      let ready = 0;
      const guest = await boot({ onReady: () => ready++ });
      drain(guest);
      await guest.ready();
      const program = await guest.exec(["reboot", "-f"]);
      equal((await rejected(program.exited)).code, "agent-lost");
      equal(await say(guest, "echo again"), "again\n");
      equal(ready, 2);
      equal(await guest.shutdown(), { kind: "poweroff" });
    },
  },
  {
    name: "is restarted, in order or where it is",
    alone: async (boot) => {
      const guest = await boot();
      drain(guest);
      for (const timeoutMs of [30_000, 0]) {
        await guest.files.writeFile("/tmp/before", "");
        await guest.restart({ timeoutMs });
        equal(await say(guest, "[ -e /tmp/before ] || echo new"), "new\n");
      }
      equal(await guest.shutdown(), { kind: "poweroff" });
      await guest.restart();
    },
  },
  {
    name: "is stopped by kill, and answers afterwards",
    alone: async (boot) => {
      const guest = await boot();
      drain(guest);
      const program = await guest.exec(["sleep", "100"]);
      const reading = guest.files.readFile("/dev/zero");
      reading.catch(() => undefined);
      await Promise.all([guest.kill(), guest.kill()]);
      equal(await guest.stopped, { kind: "killed" });
      equal((await rejected(program.exited)).code, "agent-lost");
      equal((await rejected(reading)).code, "agent-lost");
      equal((await rejected(guest.exec(["true"]))).code, "agent-missing");
      equal((await guest.statistics()).retiredInsns > 1_000_000, true);
      await guest.kill();
    },
  },
  {
    name: "keeps its disks in storages of the caller",
    alone: async (boot) => {
      const disk = new Recorded(8 * MIB);
      const guest = await boot({ disks: [disk] });
      drain(guest);
      const script =
        "echo here | dd of=/dev/vda bs=512 seek=9 conv=sync,fsync 2> /dev/null; dd if=/dev/vda bs=1M 2> /dev/null | sha256sum";
      const sum = (await say(guest, script)).slice(0, 64);
      equal(await guest.shutdown(), { kind: "poweroff" });
      equal(text(disk.content.subarray(9 * 512, 9 * 512 + 5)), "here\n");
      equal(sum, hex(new Uint8Array(await crypto.subtle.digest("SHA-256", disk.content))));
      equal([disk.flushes > 0, disk.closed], [true, 1]);
    },
  },
  {
    name: "passes the failures of a caller's storage on to the guest",
    alone: async (boot) => {
      const disk = new Recorded(8 * MIB);
      disk.fails = true;
      const guest = await boot({ disks: [disk] });
      drain(guest);
      const said = await say(guest, "dd if=/dev/vda of=/dev/null bs=4096 count=1 2>&1");
      equal(said.includes("I/O error") || said.includes("Input/output error"), true);
      await guest.kill();
      equal(disk.closed, 1);
    },
  },
  {
    name: "refuses options that cannot be used, and closes nothing of the caller's",
    alone: async (boot) => {
      const disk = new Recorded(8 * MIB);
      equal((await rejected(boot({ ramBytes: 5, disks: [disk] }))).code, "ram-size");
      equal((await rejected(boot({ signal: AbortSignal.abort() }))).code, "aborted");
    },
  },
  {
    name: "boots three machines at once",
    alone: async (boot) => {
      const guests = await Promise.all([boot(), boot(), boot()]);
      for (const guest of guests) drain(guest);
      equal(await Promise.all(guests.map((guest, i) => say(guest, `echo ${i}`))), ["0\n", "1\n", "2\n"]);
      equal(
        await Promise.all(guests.map((guest) => guest.shutdown())),
        guests.map(() => ({ kind: "poweroff" })),
      );
    },
  },
];

/** Runs the case of that name. */
export async function runCase(name: string, boot: ContractBoot, shared: () => Promise<Machine>): Promise<void> {
  const found = CASES.find((one) => one.name === name)!;
  if ("run" in found) await found.run(await shared());
  else await found.alone(boot);
}

/** A disk in memory that may fail. */
class Recorded implements Storage {
  readonly readOnly = false;
  readonly content: Uint8Array<ArrayBuffer>;
  fails = false;
  flushes = 0;
  closed = 0;

  constructor(readonly bytes: number) {
    this.content = noise(bytes);
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    await pause(1);
    if (this.fails) throw new Error("The medium is broken.");
    into.set(this.content.subarray(offset, offset + into.length));
  }

  async write(offset: number, from: Uint8Array): Promise<void> {
    await pause(1);
    this.content.set(from, offset);
  }

  flush(): void {
    this.flushes++;
  }

  close(): void {
    this.closed++;
  }
}

/** What a stream says, as text. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #unseen = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  async until(found: string): Promise<void> {
    while (!this.#unseen.includes(found)) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`It ended before "${found}": ${this.#unseen}`);
      this.#unseen += text(value);
    }
    this.#unseen = this.#unseen.slice(this.#unseen.indexOf(found) + found.length);
  }

  async toEnd(): Promise<string> {
    for (let part = await this.#reader.read(); !part.done; part = await this.#reader.read())
      this.#unseen += text(part.value);
    return this.#unseen;
  }
}

async function say(guest: Machine, script: string, options = {}): Promise<string> {
  return text((await (await guest.exec(["sh", "-c", script], options)).output()).stdout);
}

/** The console is nobody's. */
export function drain(guest: Machine): void {
  void guest.console.output.pipeTo(new WritableStream()).catch(() => undefined);
}

function equal(actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`Expected ${should}, got ${is}`);
}

async function rejected(promise: Promise<unknown>): Promise<Error & { code?: string; errno?: string }> {
  return promise.then(
    (value) => {
      throw new Error(`It did not reject: ${JSON.stringify(value)}`);
    },
    (error) => error,
  );
}

function codeOf(call: () => void): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await holds()) return;
    await pause(20);
  }
  throw new Error("It did not come about.");
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function bytes(string: string): Uint8Array {
  return new TextEncoder().encode(string);
}

function text(of: Uint8Array): string {
  return new TextDecoder().decode(of);
}

function hex(of: Uint8Array): string {
  return Array.from(of, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
