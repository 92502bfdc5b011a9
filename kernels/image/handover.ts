/*
 * The disk on which the host hands to the embedded guest what an image is made of:
 *
 *     NAME_VERSION_ARCH.deb   the packages, their tar files unpacked (archive.ts)
 *     essential               a line for each package that is needed before dpkg can run: where its data.tar begins, and its file
 *     settings                what the installer reads as shell variables
 *     initrd                  the initramfs for Debian's kernel (boot-initramfs.ts)
 *     agent.service           the unit that starts the agent (kernels/agent)
 *
 * The installer itself (files/session) stands in an initramfs that is put over the embedded guest's own.
 */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { kernelsRoot } from "../cache.js";
import { APT_NEEDS, requirePackages } from "../debian/host.js";
import { findMirrors, type Mirrors } from "../debian/mirror.js";
import { Failure } from "../failure.js";
import type { Progress } from "../progress.js";
import { writeCpio } from "../rootfs/cpio.js";
import { addUnpacked } from "./archive.js";
import { makeBootInitramfs } from "./boot-initramfs.js";
import { ErofsWriter } from "./erofs.js";
import { type Distribution, fetchDistribution } from "./packages.js";

/** In the image. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const ROLLING = ["sid", "unstable", "experimental"];

export interface HandoverOptions {
  readonly suite: string;
  /** Packages beyond the base. */
  readonly include: readonly string[];
  readonly progress: Progress;
}

export interface Handover {
  readonly packages: number;
  /** Bytes that the files of all packages take as tar archives, which is about what they take on a disk. */
  readonly unpackedBytes: number;
}

/** Fetches packages and makes the hand-over disk in the file at `path`. */
export async function makeHandover(path: string, { suite, include, progress }: HandoverOptions): Promise<Handover> {
  await requirePackages(APT_NEEDS, "make a Debian image", progress);
  const distribution = await fetchDistribution(suite, include, progress);
  const disk = await ErofsWriter.create(path);
  try {
    const unpackedBytes = await addPackages(disk, distribution, progress);
    const linux = pathOf(distribution, /^linux-image-\d/);
    const initramfs = await makeBootInitramfs({ linux, busybox: pathOf(distribution, /^busybox-static$/), progress });
    await disk.add("initrd", initramfs.cpio);
    await disk.add("agent.service", readFileSync(join(kernelsRoot(), "image", "files", "colinux-agent.service")));
    const sources = sourcesFor(suite, findMirrors());
    await disk.add("settings", settings({ uuid: randomUUID(), sources, linux: initramfs.version }));
    await disk.finish();
    return { packages: distribution.packages.length, unpackedBytes };
  } catch (error) {
    await disk.close();
    throw error;
  }
}

/** The initramfs with the installer, to be put behind that of the embedded guest. */
export function installerInitramfs(): Uint8Array {
  const data = readFileSync(join(kernelsRoot(), "image", "files", "session"));
  return writeCpio([
    { path: "etc", kind: "directory", mode: 0o755 },
    { path: "etc/session", kind: "file", mode: 0o755, data },
  ]);
}

async function addPackages(disk: ErofsWriter, distribution: Distribution, progress: Progress): Promise<number> {
  const { packages, essential } = distribution;
  const first: string[] = [];
  let unpackedBytes = 0;
  for (const [index, { name, path }] of packages.entries()) {
    progress.status(`unpacking archives: ${index} of ${packages.length}`);
    const file = basename(path);
    const { dataAt, dataBytes } = await addUnpacked(disk, file, path);
    unpackedBytes += dataBytes;
    // base-files holds the links such as /bin, through which all others are unpacked.
    if (essential.has(name)) first[name === "base-files" ? "unshift" : "push"](`${dataAt} ${file}\n`);
  }
  await disk.add("essential", Buffer.from(first.join("")));
  return unpackedBytes;
}

function pathOf({ packages }: Distribution, name: RegExp): string {
  const found = packages.find((file) => name.test(file.name));
  if (found !== undefined) return found.path;
  throw new Failure("PACKAGE_UNKNOWN", `There is no package ${name.source} in this release.`);
}

/** What the image's own apt reads [sources.list(5)]. Security updates are for releases. */
export function sourcesFor(suite: string, { main, security }: Mirrors): string {
  const stanza = (uri: string, name: string) =>
    `Types: deb\nURIs: ${uri}\nSuites: ${name}\nComponents: main\nSigned-By: ${KEYRING}\n`;
  const isRelease = !ROLLING.includes(suite);
  return [
    stanza(main, suite),
    ...(security !== undefined && isRelease ? [stanza(security, `${suite}-security`)] : []),
  ].join("\n");
}

/** Shell assignments. */
function settings(values: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(values).map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`);
  return Buffer.from(lines.join(""));
}
