/*
 * The cache: results of builds by the hash of what went in, under `$XDG_CACHE_HOME/colinux`. A result is a folder that
 * appears whole, by rename, or not at all. Two processes that want the same thing take turns by a lock which the kernel
 * of the host frees when its holder dies, so there are no stale locks.
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "./command.js";
import { Failure } from "./failure.js";

/** The folder of everything that is kept between runs. */
export function cacheRoot(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base?.startsWith("/") ? base : join(homedir(), ".cache"), "colinux");
}

/** The folder `kernels/` of this package, whether this runs compiled from `dist/` or as TypeScript. */
export function kernelsRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, "package.json"))) {
    if (dir === dirname(dir)) throw new Error("kernels/ is not inside its package");
    dir = dirname(dir);
  }
  return join(dir, "kernels");
}

/** Sixteen hex digits that stand for `parts`, in their order. */
export function hashOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Lets `fill` make a folder and gives it the name `dir` when all of it is there. Another process's result is as good. */
export async function publish(dir: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(dir), { recursive: true });
  const temporary = await mkdtemp(join(dirname(dir), `.${basename(dir)}-`));
  try {
    await chmod(temporary, 0o755);
    await fill(temporary);
    await rename(temporary, dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Runs `body` while holding the lock file `path`. `waiting` is called once when somebody else holds it. */
export async function locked<T>(path: string, waiting: () => void, body: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const child = start("flock", [path, "sh", "-c", "echo held; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const timer = setTimeout(waiting, 500);
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout!.once("data", () => resolve());
      child.once("error", () =>
        reject(new Failure("HOST_INCOMPLETE", 'The program "flock" (util-linux) is not installed.')),
      );
      child.once("close", () => reject(new Failure("COMMAND_FAILED", `Cannot lock ${path}.`)));
    });
    clearTimeout(timer);
    return await body();
  } finally {
    clearTimeout(timer);
    child.stdin!.end();
  }
}
