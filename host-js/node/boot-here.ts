/*
 * From boot options on Node to a machine in this thread: files by their paths, and a default for everything.
 *
 * The core starts to compile first, on V8's own threads, while the files are read. What the caller named is looked at before what comes with
 * colinux. Disks are closed again when the machine does not come to be.
 */

import type { MachineOptions, Storage } from "../common/index.js";
import { bytesOf, findBootFiles } from "./boot-files.js";
import type { BootOptions, Disk } from "./boot-options.js";
import { commandLineFor } from "./command-line.js";
import { coreModule } from "./embedded.js";
import { NodeEnvironment } from "./environment.js";

/** What `start` makes of the options. Rejects as it does, with `FileError` when a file cannot be opened, with `ColinuxError` when it cannot be used. */
export async function bootHere<Booted>(
  options: BootOptions,
  start: (options: MachineOptions) => Promise<Booted>,
): Promise<Booted> {
  const { kernel, initrd, bare, disks, root, kernelWords, worker: _, core = coreModule(), ...rest } = options;
  const storages = await openDisks(disks ?? [], rest.report);
  try {
    const files = await findBootFiles({ kernel, initrd, root, report: rest.report }, storages, bare !== undefined);
    return await start({
      environment: new NodeEnvironment(),
      ...rest,
      core: await core,
      ...(files.kernel && { kernel: files.kernel }),
      ...(bare && { bare: { ...bare, image: bytesOf(bare.image) } }),
      ...(files.initrd && { initrd: files.initrd }),
      disks: storages,
      commandLine: bare ? bareCommandLine(files.root, kernelWords) : commandLineFor({ ...files, kernelWords }),
    });
  } catch (error) {
    for (const storage of storages) await storage?.close();
    throw error;
  }
}

/** The words as they are: whatever runs there knows its own console. */
function bareCommandLine(root: string | undefined, words: readonly string[] = []): string {
  return [...(root === undefined ? [] : [`root=${root}`]), ...words].join(" ");
}

/** Opens what is named by a path. When one cannot be opened, the ones before it are closed again. */
async function openDisks(disks: ReadonlyArray<Disk | undefined>, report: Report): Promise<(Storage | undefined)[]> {
  const opened: (Storage | undefined)[] = [];
  try {
    for (const disk of disks) opened.push(disk === undefined ? undefined : await openDisk(disk, report));
  } catch (error) {
    for (const storage of opened) await storage?.close();
    throw error;
  }
  return opened;
}

async function openDisk(disk: Disk, report: Report): Promise<Storage> {
  if (typeof disk === "object" && "read" in disk) return disk;
  const { path, readOnly = false, overlay, snapshot = false } = typeof disk === "string" ? { path: disk } : disk;
  const files = await import("./overlay-files.js");
  const lasting = readOnly || snapshot ? { readOnly: true, report } : { report };
  const storage =
    overlay === undefined ? await files.openImage(path, lasting) : await files.openOverlay(overlay, path, lasting);
  return snapshot && !readOnly ? files.openSnapshot(storage) : storage;
}

type Report = BootOptions["report"];
