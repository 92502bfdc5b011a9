/*
 * Runs guest/load.c on a disk and notes, beside what the disk was told, what the guest said and when.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LocalGuest } from "../../host-js/common/local-guest.js";
import { bootHere } from "../../host-js/node/boot-here.js";
import type { StopReason } from "../../host-js/node/index.js";
import { cacheRoot, hashOf, kernelsRoot, publish } from "../../kernels/cache.js";
import { writeCpio } from "../../kernels/rootfs/cpio.js";
import { programPath } from "../support/tools.js";
import { VirtualEnvironment } from "../support/virtual-environment.js";
import { WriteLog } from "../support/write-log.js";
import { mke2fs } from "./ext4.js";

const SOURCE = join(kernelsRoot(), "../tests/storage/guest/load.c");
const COMPILER = process.arch === "riscv64" ? "gcc" : "riscv64-linux-gnu-gcc";
const FLAGS = ["-O2", "-march=rv64gc", "-ffreestanding", "-fno-stack-protector", "-nostdlib", "-static", "-s"];
const LINE = /^@(\d+) (\d+) (\w+) (\S+) (\d+)\r?\n/gm;

export const compiler = programPath(COMPILER);

/** What a worker was about to do, and that everything it did before is done. */
export interface Announcement {
  readonly worker: number;
  readonly operation: number;
  readonly kind: string;
  readonly name: string;
  readonly bytes: number;
  /** The disk's moment when the host had heard it. */
  readonly heard: number;
}

export interface LoadOptions {
  readonly seed: number;
  readonly workers: number;
  readonly operations: number;
  readonly diskBytes: number;
  /** Whether the disk takes its time, and so finishes in another order than it was told. */
  readonly slow: boolean;
}

export interface LoadResult {
  readonly options: LoadOptions;
  readonly log: WriteLog;
  /** The workers' announcements, each worker's in their order. */
  readonly announcements: readonly (readonly Announcement[])[];
  /** The moment of the first announcement. */
  readonly begin: number;
}

/** Lets the workers do all they have to do; the same options give the same result. Rejects when the guest meets an error. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { seed, workers, operations, slow } = options;
  const environment = new VirtualEnvironment(seed);
  const log = new WriteLog({
    content: mke2fs(options.diskBytes),
    seed,
    ...(slow && { later: (ms: number, call: () => void) => environment.after(ms, call) }),
  });
  const asked = {
    environment,
    core: await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url))),
    initrd: await initramfs(),
    disks: [log],
    ramBytes: 64 << 20,
    kernelWords: ["rdinit=/init", `load=${seed},${workers},${operations}`],
  };
  const guest = await bootHere(asked, (options) => LocalGuest.boot(options));
  environment.follow(guest);
  const announcements: Announcement[][] = Array.from({ length: workers }, () => []);
  let text = "";
  let heardBytes = 0;
  for await (const piece of guest.console.output as AsyncIterable<Uint8Array>) {
    text += Buffer.from(piece).toString("latin1");
    LINE.lastIndex = heardBytes;
    for (const [line, worker, operation, kind, name, bytes] of text.matchAll(LINE)) {
      heardBytes = text.indexOf(line, heardBytes) + line.length;
      announcements[Number(worker)]!.push({
        worker: Number(worker),
        operation: Number(operation),
        kind: kind!,
        name: name!,
        bytes: Number(bytes),
        heard: log.now,
      });
    }
  }
  const reason: StopReason = await guest.stopped;
  const ended = announcements.every((list) => list.at(-1)?.kind === "end");
  if (reason.kind !== "poweroff" || !ended || /^!/m.test(text))
    throw new Error(`The guest of seed ${seed} did not get through (${reason.kind}):\n${text.slice(-2000)}`);
  return { options, log, announcements, begin: Math.min(...announcements.map((list) => list[0]!.heard)) };
}

async function initramfs(): Promise<Uint8Array> {
  return writeCpio([
    ...["dev", "mnt", "proc"].map((path) => ({ path, kind: "directory", mode: 0o755 }) as const),
    { path: "dev/console", kind: "device", mode: 0o600, major: 5, minor: 1 },
    { path: "init", kind: "file", mode: 0o755, data: readFileSync(await program()) },
  ]);
}

async function program(): Promise<string> {
  const dir = join(cacheRoot(), "tests", `load-${hashOf([...FLAGS, readFileSync(SOURCE)])}`);
  const path = join(dir, "load");
  if (!existsSync(path))
    await publish(dir, async (folder) => {
      execFileSync(compiler!, [...FLAGS, "-o", join(folder, "load"), SOURCE]);
    });
  return path;
}
