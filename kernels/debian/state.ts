/*
 * The state of an apt of our own for one suite and architecture, or for a suite's source packages, in a folder of our cache:
 *
 *     apt.conf       all that this apt knows; named by APT_CONFIG, nothing of /etc/apt is read
 *     etc/           its sources
 *     state/         its package lists, and an empty list of what is installed
 *     archives/      the packages it has fetched
 *     none/          an empty folder to show to it as archives when it shall not know what it has
 *
 * From the machine's apt it takes the mirror, and the settings that say how to reach one (proxies, timeouts, ...).
 */

import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { cacheRoot } from "../cache.js";
import { attempt, type CommandResult } from "../command.js";
import { Failure } from "../failure.js";
import type { Progress } from "../progress.js";
import { findMirrors, type Mirrors } from "./mirror.js";

/** Lists older than this are asked for again before something is downloaded. */
const LISTS_MAX_AGE_MS = 60 * 60 * 1000;

/** Settings of the machine's apt that say how to reach a mirror; all others are ours. */
const NETWORK_SETTING =
  /^Acquire::(https?|ftp|tor|Proxy|ForceIPv[46]|Max-|Check-(Date|Valid-Until)|Min-ValidTime|Max-ValidTime|SameMirrorForAllIndexes|Send-)/i;

/**
 * Names that a release goes by in turn [sources.list(5)]. A mirror behind a cache can hold an index of a release under its codename that is
 * older than the signed list of what it must be, for days, while the same release under the name of its role is of one piece.
 */
const ROLES = ["stable", "oldstable"];

const MIRROR_HINT = "Is this machine online? Another mirror can be named with DEBIAN_MIRROR.";

export class AptState {
  readonly dir: string;
  private readonly mirrors: Mirrors;

  constructor(
    readonly suite: string,
    readonly architecture: string,
    private readonly kind: "deb" | "deb-src" = "deb",
  ) {
    this.dir = join(cacheRoot(), "apt", `${suite}-${kind === "deb" ? architecture : "source"}`);
    this.mirrors = findMirrors();
  }

  get archives(): string {
    return join(this.dir, "archives");
  }

  /** Runs a program of apt's on this state. */
  run(program: string, args: readonly string[], cwd = this.dir): Promise<CommandResult> {
    return attempt(program, args, { cwd, env: { APT_CONFIG: join(this.dir, "apt.conf") } });
  }

  /** Makes the folders and the configuration. */
  async configure(): Promise<void> {
    const { dir, architecture } = this;
    const parts = ["apt.conf.d", "preferences.d", "sources.list.d", "trusted.gpg.d"].map((name) => `etc/${name}`);
    for (const folder of ["state/lists/partial", "archives/partial", "none/partial", ...parts]) {
      await mkdir(join(dir, folder), { recursive: true });
    }
    const machine = await attempt("apt-config", ["dump"]);
    const settings = [
      ...machine.stdout.split("\n").filter((line) => NETWORK_SETTING.test(line)),
      `Dir::State "${dir}/state";`,
      `Dir::State::status "${dir}/state/status";`,
      `Dir::Cache "${dir}";`,
      `Dir::Cache::archives "archives";`,
      `Dir::Cache::pkgcache "";`,
      `Dir::Cache::srcpkgcache "";`,
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
  }

  /** Whether the lists are those of the mirrors that are set now, and young. */
  listsAreFresh(): boolean {
    const fetched = this.fetchedBefore();
    return fetched !== undefined && Date.now() - fetched.time.getTime() < LISTS_MAX_AGE_MS;
  }

  /** When the lists of the mirrors that are set now were fetched, and of which sources, if they ever were. */
  private fetchedBefore(): { time: Date; sources: string } | undefined {
    const stamp = join(this.dir, "state/fetched");
    if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== this.origin()) return undefined;
    return { time: statSync(stamp).mtime, sources: readFileSync(join(this.dir, "etc/sources.list"), "utf8") };
  }

  /**
   * Fetches the lists. While a mirror is being updated itself nothing can be read from it for some minutes: apt keeps the lists from before
   * then, and they are used; without such lists the release is asked for by the name of its role.
   */
  async update(progress: Progress): Promise<void> {
    progress.status(`reading the package lists of ${basename(this.dir)}`);
    const before = this.fetchedBefore();
    const trouble = await this.fetchRelease(this.suite, progress);
    if (trouble === undefined) return;
    if (before !== undefined) {
      await writeFile(join(this.dir, "etc/sources.list"), before.sources);
      progress.step(`going on with the package lists of ${before.time.toISOString()}: ${trouble}`);
      return;
    }
    for (const role of ROLES) {
      if ((await this.fetchRelease(role, progress)) !== undefined) continue;
      progress.step(`going on with ${this.suite} as ${role}: ${trouble}`);
      return;
    }
    const { main } = this.mirrors;
    throw new Failure("MIRROR_UNREACHABLE", `Cannot read the package lists of ${main}: ${trouble}\n${MIRROR_HINT}`);
  }

  /**
   * Fetches the lists of this release by one of its names. The release itself must come; its security updates not every mirror has for each
   * architecture. Returns what went wrong, if anything.
   */
  private async fetchRelease(name: string, progress: Progress): Promise<string | undefined> {
    const { main, security } = this.mirrors;
    const base = this.source(main, name);
    const complete = security === undefined ? [base] : [base, this.source(security, `${name}-security`)];
    const trouble = await this.fetchLists(complete);
    if (trouble === undefined || complete.length === 1) return trouble;
    const troubleOfBase = await this.fetchLists([base]);
    if (troubleOfBase === undefined) {
      progress.step(`going on without the security updates of ${this.suite}: ${trouble}`);
    }
    return troubleOfBase;
  }

  /** Returns what went wrong, if anything. */
  private async fetchLists(sources: readonly string[]): Promise<string | undefined> {
    await writeFile(join(this.dir, "etc/sources.list"), `${sources.join("\n")}\n`);
    const { status, stderr } = await this.run("apt-get", ["update", "-q", "--error-on=any"]);
    if (status !== 0) return complaint(stderr);
    const other = (await this.names()).find((name) => !name.startsWith(this.suite));
    if (other !== undefined) return `The mirror has ${other} there, not ${this.suite}.`;
    await writeFile(join(this.dir, "state/fetched"), this.origin());
    return undefined;
  }

  /** What the releases call themselves whose lists were fetched; a suite may have been asked for by its role or by its codename. */
  private async names(): Promise<string[]> {
    const { stdout } = await this.run("apt-get", ["indextargets", "--format", "$(CODENAME) $(SUITE)"]);
    return stdout.split("\n").flatMap((line) => {
      const names = line.split(" ").filter((name) => name !== "");
      return names.find((name) => name.startsWith(this.suite)) ?? names.slice(0, 1);
    });
  }

  private source(uri: string, suite: string): string {
    return `${this.kind} [arch=${this.architecture} signed-by=${keyring()}] ${uri} ${suite} main`;
  }

  private origin(): string {
    return `${JSON.stringify(this.mirrors)}\n`;
  }
}

/** The keys that Debian signs its releases with. Newer releases of the package name the file differently. */
function keyring(): string {
  const names = ["pgp", "gpg"].map((suffix) => `/usr/share/keyrings/debian-archive-keyring.${suffix}`);
  const found = names.find((name) => existsSync(name));
  if (found !== undefined) return found;
  const command = "sudo apt-get install debian-archive-keyring";
  throw new Failure("HOST_INCOMPLETE", `Debian's keyring is missing. Install it: ${command}`);
}

/** The first thing that apt complained of, without its decoration. */
export function complaint(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => /^(E|Err|W):/.test(line));
  const line =
    lines.find((text) => text.includes("Failed to fetch")) ?? lines.find((text) => text.startsWith("E:")) ?? lines[0];
  return line?.replace(/^\w+:\s*/, "").trim() ?? "apt gave no reason.";
}
