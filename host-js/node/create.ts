/*
 * `colinux create debian disk.img`: a disk image with a distribution, made by the embedded guest.
 *
 *     packages -> hand-over disk (kernels/image) -> the guest formats, unpacks and configures -> rename to the final name
 *
 * Until all is done the image has another name, which is taken away when it is not.
 */

import { existsSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { constants } from "node:os";
import { basename, dirname, resolve } from "node:path";
import {
  DEFAULT_SUITE,
  explain,
  Failure,
  type Handover,
  installerInitramfs,
  locked,
  makeHandover,
  type Progress,
  ProgressBoard,
} from "../../kernels/index.js";
import { boot } from "./boot.js";
import { embeddedInitramfs } from "./embedded.js";
import { followInstallation } from "./installation.js";
import { parseOptions } from "./parse-options.js";
import { remark, tell } from "./style.js";
import { UsageError } from "./usage-error.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const SIZE_DEFAULT = "4G";
const SIZE_MIN = 512 * MIB;
const SIZE_MAX = 16 * 2 ** 40;
const EXIT_FAILED = 1;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** Page cache for what is unpacked, and the package manager's own needs. */
const RAM_BYTES = 768 * MIB;
/** Of the image: what ext4 keeps for itself and what packages write beside their files. */
const OVERHEAD = 1.15;
const OVERHEAD_BYTES = 128 * MIB;

const EXAMPLE = "as in colinux create debian disk.img --size 4G --include python3,git";

export interface CreateAsked {
  readonly image: string;
  readonly bytes: number;
  readonly include: readonly string[];
  readonly suite: string;
}

/** Runs `colinux create` with the words after `create`. Throws `UsageError` for words that cannot be done; returns the exit code. */
export async function create(args: readonly string[]): Promise<number> {
  const asked = readCreate(args);
  const board = new ProgressBoard(process.stderr);
  process.once("exit", () => board.close());
  const began = performance.now();
  try {
    await createImage(asked, board.task(basename(asked.image)));
  } catch (error) {
    board.close();
    const text = explain(error);
    if (text === undefined) throw error;
    tell(text);
    return EXIT_FAILED;
  }
  board.close();
  const seconds = Math.round((performance.now() - began) / 1000);
  tell(`Made ${asked.image} in ${Math.floor(seconds / 60)} min ${seconds % 60} s. Log in as root, without a password:`);
  remark(`  colinux mem=512 cobd0=${asked.image} root=/dev/cobd0`);
  return 0;
}

/** What the words ask for. Throws `UsageError`. */
export function readCreate(args: readonly string[]): CreateAsked {
  const { values, positionals } = split(args);
  const [distribution, image, ...rest] = positionals;
  if (distribution === undefined) throw new UsageError("create: nothing is named to be made.", `Expected ${EXAMPLE}`);
  if (distribution !== "debian")
    throw new UsageError(`create ${distribution}: the distribution that can be made is debian, ${EXAMPLE}`);
  if (image === undefined) throw new UsageError("create debian: the image has no name.", `Expected one, ${EXAMPLE}`);
  if (rest.length > 0) throw new UsageError(`create debian ${image}: "${rest[0]}" is one word too many.`);
  return {
    image: resolve(image),
    bytes: sizeOf(values.size ?? SIZE_DEFAULT),
    include: (values.include ?? []).flatMap((list) => list.split(",")).map(packageName),
    suite: suiteName(values.suite ?? DEFAULT_SUITE),
  };
}

function split(args: readonly string[]) {
  return parseOptions(
    args,
    {
      size: { type: "string" },
      include: { type: "string", multiple: true },
      suite: { type: "string" },
    },
    `The options of create are --size, --include and --suite, ${EXAMPLE}`,
  );
}

function sizeOf(text: string): number {
  const parts = /^(\d+)([mg])(?:i?b)?$/i.exec(text);
  const bytes = parts ? Number(parts[1]) * (parts[2]!.toLowerCase() === "g" ? GIB : MIB) : Number.NaN;
  if (bytes >= SIZE_MIN && bytes <= SIZE_MAX) return bytes;
  throw new UsageError(`--size ${text}: expected 512M to 16384G, as in --size 4G`);
}

/** [Debian Policy 5.6.7] */
function packageName(text: string): string {
  if (/^[a-z0-9][a-z0-9+.-]+$/.test(text)) return text;
  throw new UsageError(`--include: "${text}" is no name of a package; expected names with commas, as in python3,git`);
}

function suiteName(text: string): string {
  if (/^[a-z][a-z0-9-]*$/.test(text)) return text;
  throw new UsageError(`--suite ${text}: expected the name of a Debian release, as in --suite trixie`);
}

async function createImage(asked: CreateAsked, progress: Progress): Promise<void> {
  const { image, bytes, include, suite } = asked;
  // After SIGKILL they stay, and the next run for the same image begins them anew.
  const partial = `${image}.partial`;
  const packages = `${image}.packages`;
  refuseExisting(image);
  const waiting = () => progress.step("waiting: another colinux is making this image");
  await locked(partial, waiting, async () => {
    refuseExisting(image);
    const cleanUp = removeAtExit([partial, packages]);
    try {
      const handover = await makeHandover(packages, { suite, include, progress });
      checkRoom(handover, bytes);
      await sparseFile(partial, bytes);
      await install(partial, packages, handover, progress);
      await synced(partial);
      await rename(partial, image);
    } finally {
      cleanUp();
    }
  });
}

function refuseExisting(image: string): void {
  if (!existsSync(dirname(image))) throw new UsageError(`${image}: there is no folder ${dirname(image)}.`);
  if (existsSync(image)) throw new UsageError(`${image} is there already; remove it, or choose another name.`);
}

/** Sees to it that `paths` are gone when this process ends, also by a signal. The function that is returned removes them now. */
function removeAtExit(paths: readonly string[]): () => void {
  const remove = () => {
    for (const path of paths) rmSync(path, { force: true });
  };
  const leave = (signal: NodeJS.Signals) => process.exit(128 + constants.signals[signal]);
  process.on("exit", remove);
  for (const signal of SIGNALS) process.on(signal, leave);
  return () => {
    remove();
    process.removeListener("exit", remove);
    for (const signal of SIGNALS) process.removeListener(signal, leave);
  };
}

function checkRoom({ unpackedBytes }: Handover, bytes: number): void {
  const needed = unpackedBytes * OVERHEAD + OVERHEAD_BYTES;
  if (needed <= bytes) return;
  const gib = Math.ceil((needed / GIB) * 2) / 2;
  throw new UsageError(
    `The packages take ${Math.ceil(unpackedBytes / MIB)} MiB unpacked, too much for an image of ${bytes / MIB} MiB.`,
    `Make it larger, as in --size ${Math.ceil(gib)}G`,
  );
}

async function install(image: string, packages: string, handover: Handover, progress: Progress): Promise<void> {
  progress.step(`${handover.packages} packages; the guest installs them`);
  const initrd = Buffer.concat([await embeddedInitramfs()(), installerInitramfs()]);
  const machine = await boot({
    initrd,
    ramBytes: RAM_BYTES,
    disks: [image, { path: packages, readOnly: true }],
    kernelWords: ["TERM=dumb"],
    noReboot: true,
    // This process has nothing else to do, and gives its locks back when it is stopped.
    worker: false,
    report: (text) => progress.step(text),
  });
  const trouble = await followInstallation(machine, handover.packages, progress);
  if (trouble !== undefined) throw new Failure("INSTALLATION_FAILED", trouble);
}

/** A file of `bytes` without a single block in it. */
async function sparseFile(path: string, bytes: number): Promise<void> {
  const file = await open(path, "w");
  await file.truncate(bytes).finally(() => file.close());
}

async function synced(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.sync().finally(() => file.close());
}
