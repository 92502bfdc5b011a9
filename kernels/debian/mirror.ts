/*
 * Where Debian comes from: the mirror that this machine's own apt is set to, so that no host name stands in this project
 * and whoever has a local mirror or a proxy uses it. Reads /etc/apt/sources.list and sources.list.d in both of their
 * formats [sources.list(5)]. `DEBIAN_MIRROR` and `DEBIAN_SECURITY_MIRROR` override what is found.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.js";

/** One source of packages, as far as it matters here. */
export interface Source {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** The keyring that it must be signed with, "" when it does not say. */
  readonly signedBy: string;
}

/** Where a machine gets the parts of a Debian release from. */
export interface Mirrors {
  readonly main: string;
  /** Where security updates come from; undefined when this machine does not use them. */
  readonly security?: string;
}

/** Reads the one-line format: `deb [option=value ...] uri suite component ...`. */
export function parseList(text: string): Source[] {
  const sources: Source[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.replace(/#.*/, "").trim();
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line);
    if (match === null) continue;
    const [, options = "", uri = "", suite = "", components = ""] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1] ?? "";
    sources.push({ uri, suite, components: words(components), signedBy });
  }
  return sources;
}

/** Reads the deb822 format: stanzas of `Field: values`, continued by indented lines. */
export function parseStanzas(text: string): Source[] {
  const sources: Source[] = [];
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  for (const stanza of lines.join("\n").split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const line of stanza.replace(/\n[ \t]+/g, " ").split("\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    if (fields.get("enabled")?.toLowerCase() === "no") continue;
    if (!words(fields.get("types") ?? "").includes("deb")) continue;
    const components = words(fields.get("components") ?? "");
    const signedBy = fields.get("signed-by") ?? "";
    for (const uri of words(fields.get("uris") ?? "")) {
      for (const suite of words(fields.get("suites") ?? "")) sources.push({ uri, suite, components, signedBy });
    }
  }
  return sources;
}

/**
 * The mirrors among `sources` for a machine that runs release `codename`. Others publish under Debian's suite names too,
 * so a source counts when it has the component `main` and is signed by Debian's keyring or says nothing about it.
 */
export function mirrorsOf(sources: readonly Source[], codename: string): Mirrors | undefined {
  const releases = [codename, "stable", "testing", "unstable", "sid", "trixie", "bookworm"].filter(
    (name) => name !== "",
  );
  const debian = sources
    .filter(({ components, signedBy }) => components.includes("main") && /^$|debian-archive|BEGIN PGP/.test(signedBy))
    .filter(({ uri }) => !uri.startsWith("cdrom:"))
    .sort((a, b) => Number(looksOfficial(b.uri)) - Number(looksOfficial(a.uri)));
  const find = (...suffixes: string[]) =>
    debian.find(({ suite }) => releases.some((name) => suffixes.some((suffix) => suite === name + suffix)))?.uri;
  const main = find("");
  if (main === undefined) return undefined;
  const security = find("-security", "-security/updates", "/updates");
  return { main, ...(security === undefined ? {} : { security }) };
}

/** The mirrors of this machine. */
export function findMirrors(env: NodeJS.ProcessEnv = process.env, root = "/"): Mirrors {
  if (env.DEBIAN_MIRROR) {
    return { main: env.DEBIAN_MIRROR, ...(env.DEBIAN_SECURITY_MIRROR ? { security: env.DEBIAN_SECURITY_MIRROR } : {}) };
  }
  const etc = join(root, "etc/apt");
  const parts = join(etc, "sources.list.d");
  const sources = parseList(contents(join(etc, "sources.list")));
  for (const name of entries(parts)) {
    if (name.endsWith(".list")) sources.push(...parseList(contents(join(parts, name))));
    if (name.endsWith(".sources")) sources.push(...parseStanzas(contents(join(parts, name))));
  }
  const codename = /^VERSION_CODENAME="?([\w-]+)/m.exec(contents(join(root, "etc/os-release")))?.[1] ?? "";
  const mirrors = mirrorsOf(sources, codename);
  if (mirrors !== undefined) return mirrors;
  throw new Failure(
    "MIRROR_UNKNOWN",
    "No Debian mirror is named in /etc/apt/sources.list or sources.list.d. Set DEBIAN_MIRROR to the address of one.",
  );
}

function looksOfficial(uri: string): boolean {
  return /\/debian(-security)?\/?$/.test(uri);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function contents(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function entries(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}
