/*
 * QEMU's RISC-V system emulator, the newest that Debian trixie has, whatever this machine runs itself.
 *
 * Its packages and all that they depend on are fetched by an apt with a state of its own, unpacked into our cache without root, and
 * started by their own dynamic linker, so nothing of this machine's libraries is used and nothing on it is changed. Whoever starts it
 * takes `command`, adds `args` and QEMU's own arguments, and adds `env` to the environment.
 */

import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheRoot, hashOf, locked, publish } from "../../../kernels/cache.js";
import { run } from "../../../kernels/command.js";
import { download } from "../../../kernels/debian/download.js";
import { APT_NEEDS, requirePackages } from "../../../kernels/debian/host.js";
import { unpack } from "../../../kernels/debian/unpack.js";
import { type Progress, silent } from "../../../kernels/progress.js";
import { hostArchitecture, LAYOUT_VERSION, PACKAGES, SUITE } from "./recipe.js";

/** How to start qemu-system-riscv64. */
export interface Qemu {
  /** Program to start. */
  readonly command: string;
  /** Its first arguments; those of QEMU follow. */
  readonly args: readonly string[];
  /** To be added to the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Such as "10.0.2". */
  readonly version: string;
}

function root(): string {
  return join(cacheRoot(), "qemu", hashOf([SUITE, hostArchitecture().debian, LAYOUT_VERSION, ...PACKAGES]));
}

/** QEMU if it has been fetched. Costs no network. */
export function findQemu(): Qemu | undefined {
  const dir = root();
  const version = join(dir, "version");
  return existsSync(version) ? { ...startedFrom(dir), version: readFileSync(version, "utf8").trim() } : undefined;
}

/** QEMU, fetched when the cache does not have it. Rejects with a Failure when it cannot be had. */
export async function ensureQemu(progress: Progress = silent): Promise<Qemu> {
  const dir = root();
  const found = findQemu();
  if (found !== undefined) return found;
  await requirePackages(APT_NEEDS, "fetch QEMU", progress);
  const waiting = () => progress.step("waiting for another process that fetches QEMU");
  await locked(`${dir}.lock`, waiting, async () => {
    if (findQemu() !== undefined) return;
    const { debian: architecture } = hostArchitecture();
    const files = await download(PACKAGES, { suite: SUITE, architecture, dependencies: true, progress });
    progress.status("unpacking QEMU");
    await publish(dir, async (folder) => {
      await unpack(
        files.map((file) => file.path),
        folder,
      );
      await writeFile(join(folder, "version"), `${await versionOf(startedFrom(folder))}\n`);
    });
    progress.step(`fetched QEMU ${findQemu()!.version}`);
  });
  return findQemu()!;
}

function startedFrom(dir: string): Omit<Qemu, "version"> {
  const { triplet, linker } = hostArchitecture();
  const libraries = join(dir, "usr/lib", triplet);
  const program = join(dir, "usr/bin/qemu-system-riscv64");
  return {
    command: join(libraries, linker),
    args: ["--library-path", libraries, program, "-L", join(dir, "usr/share/qemu")],
    env: { QEMU_MODULE_DIR: join(libraries, "qemu") },
  };
}

async function versionOf({ command, args, env }: Omit<Qemu, "version">): Promise<string> {
  const text = await run(command, [...args, "--version"], { env });
  return /version ([\d.]+)/.exec(text)?.[1] ?? "unknown";
}
