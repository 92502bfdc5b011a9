/*
 * The guest as it lies in an npm package, made by `npm pack` from the kernel and the initramfs of the present recipes:
 *
 *     dist/guest/   kernel.gz  initramfs.gz     what boots
 *                   System.map.gz               names for profiles
 *                   guest.json                  packages and sources, for `colinux sources`
 *                   SOURCES  copyright/  licences/
 *
 * gzip, since every JavaScript runtime unpacks it natively. The folder appears whole or not at all; a checkout never boots from it
 * (host-js/node/embedded.ts).
 */

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { kernelsRoot, publish } from "../cache.js";
import { ensureKernel } from "../linux/kernel.js";
import { type Progress, silent } from "../progress.js";
import { ensureInitramfs } from "../rootfs/initramfs.js";
import { guestPackages, type Origin, originsOf, writeCopyrights } from "./origins.js";
import { sourcesText } from "./sources.js";

/** What guest.json says. */
export interface GuestDescription {
  readonly packages: readonly Origin[];
}

/** Makes dist/guest anew and returns its path. Rejects with a Failure. */
export async function packGuest(progress: Progress = silent): Promise<string> {
  const [kernel, initramfs] = [await ensureKernel(progress), await ensureInitramfs(progress)];
  const packages = await guestPackages(progress);
  const description: GuestDescription = { packages: await originsOf(packages) };
  const guest = join(kernelsRoot(), "../dist/guest");
  await rm(guest, { recursive: true, force: true });
  await publish(guest, async (dir) => {
    progress.status("compressing");
    const write = async (name: string, bytes: Uint8Array) =>
      writeFile(join(dir, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }));
    await Promise.all([
      write("kernel", await readFile(kernel.image)),
      write("initramfs", await readFile(initramfs.cpio)),
      write("System.map", Buffer.from(namesForProfiles(await readFile(kernel.systemMap, "latin1")))),
    ]);
    await writeFile(join(dir, "guest.json"), `${JSON.stringify(description, undefined, 2)}\n`);
    await writeFile(join(dir, "SOURCES"), sourcesText(description.packages));
    await writeCopyrights(packages, join(dir, "copyright"), join(dir, "licences"));
  });
  return guest;
}

/** The lines of System.map that profiles look at: code, and the two that are found by name. */
export function namesForProfiles(systemMap: string): string {
  return systemMap.replace(/^.*\n/gm, (line) => (/ [tTwW] | (_end|init_task)$/m.test(line) ? line : ""));
}
