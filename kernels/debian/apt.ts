/*
 * Debian packages by an apt of our own: its lists, its cache and its configuration lie in our cache folder, so it needs
 * no root, changes nothing on the machine, and serves any suite and architecture. It uses the machine's mirror
 * (mirror.ts) and network settings, and checks every signature against Debian's keyring, as the machine's apt would.
 *
 * `download` resolves names (with all they depend on, if asked) as if on an empty system, fetches what is missing and
 * says where the packages are. unpack.ts looks inside them.
 */

import { existsSync, statSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheRoot, locked } from "../cache.js";
import { attempt, type CommandResult, run } from "../command.js";
import { Failure } from "../failure.js";
import { type Progress, silent } from "../progress.js";
import { findMirrors, type Mirrors } from "./mirror.js";

export interface DownloadOptions {
  /** Codename of the release, such as "trixie". */
  readonly suite: string;
  /** Debian's name of the architecture, such as "riscv64". */
  readonly architecture: string;
  /** Fetch everything that the packages depend on, too. Default false. */
  readonly dependencies?: boolean;
  readonly progress?: Progress;
}

/** A package file on this machine. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/** What apt's own lists may be old before they are asked for again. */
const LISTS_MAX_AGE_MS = 60 * 60 * 1000;
const ATTEMPTS = 3;
/** Settings of the machine's apt that say how to reach a mirror; all others are ours. */
const NETWORK_SETTING =
  /^Acquire::(https?|ftp|tor|Proxy|ForceIPv[46]|Max-|Check-(Date|Valid-Until)|Min-ValidTime|Max-ValidTime|SameMirrorForAllIndexes|Send-)/i;

/** Fetches packages and whatever index is needed for it. Rejects with a Failure when that cannot be done. */
export async function download(packages: readonly string[], options: DownloadOptions): Promise<PackageFile[]> {
  const progress = options.progress ?? silent;
  const dir = join(cacheRoot(), "apt", `${options.suite}-${options.architecture}`);
  const busy = () => progress.status("waiting for another download");
  return locked(join(dir, "lock"), busy, async () => {
    const mirrors = findMirrors();
    await configure(dir, mirrors, options);
    let fresh = listsAge(dir) < LISTS_MAX_AGE_MS;
    for (let trial = 1; ; trial++) {
      try {
        if (!fresh) await update(dir, mirrors, options, progress);
        fresh = true;
        const wanted = await resolve(dir, packages, options);
        return await fetch(dir, wanted, progress);
      } catch (error) {
        if (!(error instanceof Failure) || trial === ATTEMPTS) throw error;
        // What the lists promise may be gone from the mirror: the next trial asks for new ones.
        fresh = false;
        progress.status(`trying again (${trial} of ${ATTEMPTS - 1})`);
        await sleep(1500 * trial);
      }
    }
  });
}

async function configure(dir: string, mirrors: Mirrors, { suite, architecture }: DownloadOptions): Promise<void> {
  const folders = [
    "state/lists/partial",
    "archives/partial",
    "etc/apt.conf.d",
    "etc/preferences.d",
    "etc/trusted.gpg.d",
    "etc/sources.list.d",
    "none/partial",
  ];
  for (const folder of folders) await mkdir(join(dir, folder), { recursive: true });
  const signed = `[arch=${architecture} signed-by=${keyring()}]`;
  const sources = [`deb ${signed} ${mirrors.main} ${suite} main`];
  if (mirrors.security !== undefined) sources.push(`deb ${signed} ${mirrors.security} ${suite}-security main`);
  const machine = await attempt("apt-config", ["dump"]);
  const settings = [
    ...machine.stdout.split("\n").filter((line) => NETWORK_SETTING.test(line)),
    `Dir::State "${dir}/state";`,
    `Dir::State::status "${dir}/state/status";`,
    `Dir::Cache "${dir}";`,
    `Dir::Cache::archives "archives";`,
    `Dir::Etc "${dir}/etc";`,
    `Dir::Etc::netrc "/etc/apt/auth.conf";`,
    `Dir::Etc::netrcparts "/etc/apt/auth.conf.d";`,
    `APT::Architecture "${architecture}";`,
    `APT::Architectures { "${architecture}"; };`,
    // As root apt would fetch as another user, to whom our cache folder is closed.
    `APT::Sandbox::User "root";`,
    `APT::Get::AllowUnauthenticated "false";`,
    `APT::Install-Recommends "false";`,
    `Acquire::Retries "3";`,
    `Acquire::Languages "none";`,
    `Acquire::PDiffs "false";`,
  ];
  await writeFile(join(dir, "state/status"), "");
  await writeFile(join(dir, "apt.conf"), `${settings.join("\n")}\n`);
  const list = join(dir, "etc/sources.list");
  const text = `${sources.join("\n")}\n`;
  // A new mirror makes the lists of the old one worthless, whatever their age.
  const known = existsSync(list) ? await readFile(list, "utf8") : "";
  if (known !== text) await writeFile(list, text);
}

/** The keys that Debian signs its releases with. Newer releases of the package name the file differently. */
function keyring(): string {
  const names = ["pgp", "gpg"].map((suffix) => `/usr/share/keyrings/debian-archive-keyring.${suffix}`);
  const found = names.find((name) => existsSync(name));
  if (found !== undefined) return found;
  throw new Failure(
    "HOST_INCOMPLETE",
    "Debian's keyring is missing. Install it: sudo apt-get install debian-archive-keyring",
  );
}

/** Milliseconds since the lists were last fetched, for the sources that are set now. */
function listsAge(dir: string): number {
  try {
    const fetched = statSync(join(dir, "state/fetched")).mtimeMs;
    return fetched < statSync(join(dir, "etc/sources.list")).mtimeMs ? Infinity : Date.now() - fetched;
  } catch {
    return Infinity;
  }
}

function apt(dir: string, program: string, args: readonly string[], cwd = dir): Promise<CommandResult> {
  return attempt(program, args, { cwd, env: { APT_CONFIG: join(dir, "apt.conf") } });
}

async function update(dir: string, mirrors: Mirrors, options: DownloadOptions, progress: Progress): Promise<void> {
  const { suite, architecture } = options;
  progress.status(`reading the package lists of ${suite} for ${architecture}`);
  const { status, stderr } = await apt(dir, "apt-get", ["update", "-q", "--error-on=any"]);
  if (status === 0) {
    await writeFile(join(dir, "state/fetched"), "");
    return;
  }
  const reason = complaint(stderr);
  if (mirrors.security === undefined) {
    throw new Failure("MIRROR_UNREACHABLE", `Cannot read the package lists of ${mirrors.main}: ${reason}\n${MIRROR_HINT}`);
  }
  // Not every mirror has the security updates of every architecture; the release itself is enough to work with.
  const main = { main: mirrors.main };
  await configure(dir, main, options);
  await update(dir, main, options, progress);
  progress.step(`going on without the security updates of ${suite}: ${reason}`);
}

const MIRROR_HINT = "Is this machine online? Another mirror can be named with DEBIAN_MIRROR.";

/** A package file that apt has chosen. */
interface Choice {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly file: string;
  readonly bytes: number;
}

/** What `packages` comes to. The archives folder is hidden from apt here, which would not list what it has already. */
async function resolve(
  dir: string,
  packages: readonly string[],
  { dependencies, suite, architecture }: DownloadOptions,
): Promise<Choice[]> {
  const command = dependencies ? ["install", "-y", "-o", "Dir::Cache::archives=none"] : ["download"];
  const { status, stdout, stderr } = await apt(
    dir,
    "apt-get",
    [...command, "-q", "--print-uris", "--", ...packages],
    join(dir, "none"),
  );
  const choices: Choice[] = [];
  for (const line of stdout.split("\n")) {
    const match = /^'[^']+' (\S+)_(\S+)_(\w+)\.deb (\d+) /.exec(line);
    if (match === null) continue;
    const [, name = "", version = "", arch = "", bytes = ""] = match;
    const file = `${name}_${version}_${arch}.deb`;
    choices.push({ name, version: decodeURIComponent(version), architecture: arch, file, bytes: Number(bytes) });
  }
  if (status === 0 && choices.length > 0) return choices;
  const reason = complaint(stderr);
  throw new Failure("PACKAGE_UNKNOWN", `Cannot find ${packages.join(", ")} in ${suite} for ${architecture}: ${reason}`);
}

/**
 * Fetches what of `wanted` is not there yet; apt compares size and hash with the signed lists. It writes under the final
 * name from the start, so a file that is too short is one whose download was interrupted, and apt continues it.
 */
async function fetch(dir: string, wanted: readonly Choice[], progress: Progress): Promise<PackageFile[]> {
  const archives = join(dir, "archives");
  const missing = wanted.filter(({ file, bytes }) => sizeOf(join(archives, file)) !== bytes);
  if (missing.length > 0) {
    const bytes = missing.reduce((sum, choice) => sum + choice.bytes, 0);
    const what = missing.length === 1 ? missing[0]!.name : `${missing.length} packages`;
    const watch = setInterval(() => {
      const have = missing.reduce((sum, { file }) => sum + sizeOf(join(archives, file)), 0);
      progress.status(`downloading ${what}: ${megabytes(have)} of ${megabytes(bytes)}`);
    }, 200);
    progress.status(`downloading ${what} (${megabytes(bytes)})`);
    const names = missing.map(
      ({ name, version, architecture }) => `${name}${architecture === "all" ? "" : `:${architecture}`}=${version}`,
    );
    const { status, stderr } = await apt(dir, "apt-get", ["download", "-q", "--", ...names], archives).finally(() =>
      clearInterval(watch),
    );
    if (status !== 0) {
      throw new Failure("MIRROR_UNREACHABLE", `Cannot download ${what}: ${complaint(stderr)}\n${MIRROR_HINT}`);
    }
  }
  return wanted.map(({ name, version, file }) => ({ name, version, path: join(archives, file) }));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The first thing that apt complained of, without its decoration. */
function complaint(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => /^(E|Err|W):/.test(line));
  const line =
    lines.find((text) => text.includes("Failed to fetch")) ?? lines.find((text) => text.startsWith("E:")) ?? lines[0];
  return line?.replace(/^\w+:\s*/, "").trim() ?? "apt gave no reason.";
}

/** The architecture of this machine in Debian's words. */
export async function hostArchitecture(): Promise<string> {
  return (await run("dpkg", ["--print-architecture"])).trim();
}
