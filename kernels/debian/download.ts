/*
 * Debian packages as files, for any suite and architecture, without root and without changing anything on the machine.
 *
 *     names -> apt (state.ts) chooses versions, and what they depend on if asked -> what is missing is fetched -> paths
 *
 * Apt checks each file against lists that Debian has signed. unpack.ts looks inside the files.
 */

import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { locked } from "../cache.js";
import { Failure } from "../failure.js";
import { type Progress, silent } from "../progress.js";
import { AptState, complaint } from "./state.js";

export interface DownloadOptions {
  /** Codename of the release, such as "trixie". */
  readonly suite: string;
  /** Debian's name of the architecture, such as "riscv64". */
  readonly architecture: string;
  /** Fetch everything that the packages depend on, too, as if on an empty system. Default false. */
  readonly dependencies?: boolean;
  readonly progress?: Progress;
}

/** A package file on this machine. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/** Apt itself tries each file several times; this is for lists that have become out of date. */
const ATTEMPTS = 2;

/** Fetches packages and whatever lists that takes. Rejects with a Failure when it cannot be done. */
export async function download(packages: readonly string[], options: DownloadOptions): Promise<PackageFile[]> {
  const { suite, architecture, dependencies = false, progress = silent } = options;
  const apt = new AptState(suite, architecture);
  const waiting = () => progress.step("waiting for another download");
  return locked(join(apt.dir, "lock"), waiting, async () => {
    await apt.configure();
    let fresh = apt.listsAreFresh();
    for (let trial = 1; ; trial++) {
      try {
        if (!fresh) await apt.update(progress);
        fresh = true;
        return await fetch(apt, await choose(apt, packages, dependencies), progress);
      } catch (error) {
        if (!(error instanceof Failure) || trial === ATTEMPTS) throw error;
        // What the lists promise may be gone from the mirror: the next trial asks for new ones.
        fresh = false;
        progress.status("trying again");
        await sleep(1500 * trial);
      }
    }
  });
}

/** A package whose version is given. */
export type ExactPackage = Pick<PackageFile, "name" | "version">;

/**
 * The very packages that something was made of. What was fetched then is still here, so this needs the mirror only when the cache was
 * emptied in between; the mirror may have newer versions by now. Rejects with a Failure when a package cannot be had any more.
 */
export async function downloadAgain(
  packages: readonly ExactPackage[],
  options: Omit<DownloadOptions, "dependencies">,
): Promise<PackageFile[]> {
  const { archives } = new AptState(options.suite, options.architecture);
  const found = packages.map(({ name, version }) => {
    const files = [options.architecture, "all"].map((kind) => `${name}_${version.replaceAll(":", "%3a")}_${kind}.deb`);
    const file = files.find((candidate) => sizeOf(join(archives, candidate)) > 0);
    return file === undefined ? undefined : { name, version, path: join(archives, file) };
  });
  const missing = packages.filter((_, at) => found[at] === undefined);
  if (missing.length > 0)
    found.push(
      ...(await download(
        missing.map(({ name, version }) => `${name}=${version}`),
        options,
      )),
    );
  return found.filter((file) => file !== undefined);
}

/** A package file that apt has chosen. */
interface Choice {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly file: string;
  readonly bytes: number;
}

/** What `packages` comes to. */
async function choose(apt: AptState, packages: readonly string[], dependencies: boolean): Promise<Choice[]> {
  // `install` does not list what it finds among its archives, so it is shown an empty folder.
  const command = dependencies ? ["install", "-y", "-o", "Dir::Cache::archives=none"] : ["download"];
  const args = [...command, "-q", "--print-uris", "--", ...packages];
  const { status, stdout, stderr } = await apt.run("apt-get", args, join(apt.dir, "none"));
  const choices = stdout.split("\n").flatMap(parseChoice);
  if (status === 0 && choices.length > 0) return choices;
  const where = `${apt.suite} for ${apt.architecture}`;
  throw new Failure("PACKAGE_UNKNOWN", `Cannot find ${packages.join(", ")} in ${where}: ${complaint(stderr)}`);
}

/** Reads a line of `--print-uris`: 'address' name_version_architecture.deb bytes hash. */
function parseChoice(line: string): Choice[] {
  const match = /^'[^']+' (([^_\s]+)_([^_\s]+)_(\w+)\.deb) (\d+) /.exec(line);
  if (match === null) return [];
  const [, file = "", name = "", version = "", architecture = "", bytes = ""] = match;
  return [{ name, version: decodeURIComponent(version), architecture, file, bytes: Number(bytes) }];
}

/**
 * Fetches what of `wanted` is not there yet. Apt writes under the final name from the start, so a file that is too short
 * is one whose download was interrupted, and apt continues it.
 */
async function fetch(apt: AptState, wanted: readonly Choice[], progress: Progress): Promise<PackageFile[]> {
  const missing = wanted.filter(({ file, bytes }) => sizeOf(join(apt.archives, file)) !== bytes);
  if (missing.length > 0) {
    const total = sum(missing.map(({ bytes }) => bytes));
    const what = missing.length === 1 ? missing[0]!.name : `${missing.length} packages`;
    const show = () => {
      const have = sum(missing.map(({ file }) => sizeOf(join(apt.archives, file))));
      progress.status(`downloading ${what}: ${megabytes(have)} of ${megabytes(total)} MB`);
    };
    show();
    const timer = setInterval(show, 200);
    const names = missing.map(({ name, version, architecture }) =>
      architecture === "all" ? `${name}=${version}` : `${name}:${architecture}=${version}`,
    );
    const args = ["download", "-q", "--", ...names];
    const { status, stderr } = await apt.run("apt-get", args, apt.archives).finally(() => clearInterval(timer));
    if (status !== 0) throw new Failure("MIRROR_UNREACHABLE", `Cannot download ${what}: ${complaint(stderr)}`);
  }
  return wanted.map(({ name, version, file }) => ({ name, version, path: join(apt.archives, file) }));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
