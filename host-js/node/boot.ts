/*
 * Machine.boot for Node: files by their paths, and a default for everything.
 *
 * The core starts to compile first, on V8's own threads, while the files are read. What the caller named is looked at before what comes with
 * colinux. Disks are closed again when the machine does not come to be.
 */

import { Machine as CommonMachine, type MachineOptions, type Storage } from "../common/index.js";
import { commandLineFor } from "./command-line.js";
import { coreModule, embeddedInitramfs, embeddedKernel } from "./embedded.js";
import { NodeEnvironment } from "./environment.js";
import { readWholeFile } from "./whole-file.js";

/** A disk: an open storage, or the path of an image. */
export type Disk = Storage | string | { readonly path: string; readonly readOnly?: boolean };

/** `MachineOptions` with paths where it wants bytes, and defaults for all of it. */
export interface BootOptions
  extends Partial<Omit<MachineOptions, "kernel" | "initrd" | "bare" | "disks" | "commandLine">> {
  /** A file, or its bytes. Default: the kernel that comes with colinux. */
  readonly kernel?: string | Uint8Array;
  /** A file, or its bytes; false for none. Default: the small system that comes with colinux, unless `root` is given. */
  readonly initrd?: string | Uint8Array | false;
  /** A program for the naked board, by its file or its bytes; see BareOptions. There is no default kernel or initrd beside it. */
  readonly bare?: { readonly image: string | Uint8Array; readonly maxInsns?: number };
  /** By number: `disks[n]` is the guest's cobdN. Images named by a path are locked while the machine runs. */
  readonly disks?: ReadonlyArray<Disk | undefined>;
  /** The device of the root filesystem in the kernel's words, as in `/dev/vda`. */
  readonly root?: string;
  /** Further words for the kernel's command line. */
  readonly kernelWords?: readonly string[];
}

/** Boots a machine. Rejects with `FileError` when a file cannot be opened, with `ColinuxError` when it cannot be used. */
export async function boot(options: BootOptions = {}): Promise<CommonMachine> {
  const { kernel, initrd, bare, disks, root, kernelWords, core = coreModule(), ...rest } = options;
  const storages = await openDisks(disks ?? []);
  try {
    const initrdBytes = bare && initrd === undefined ? undefined : initrdFor(initrd, root);
    const kernelSource = kernel ?? (bare ? undefined : embeddedKernel());
    const kernelBytes = kernelSource && bytesOf(kernelSource);
    return await CommonMachine.boot({
      environment: new NodeEnvironment(),
      ...rest,
      core: await core,
      ...(kernelBytes && { kernel: kernelBytes }),
      ...(bare && { bare: { ...bare, image: bytesOf(bare.image) } }),
      ...(initrdBytes && { initrd: initrdBytes }),
      disks: storages,
      commandLine: bare
        ? bareCommandLine(root, kernelWords)
        : commandLineFor({ embedded: kernel === undefined, root, kernelWords }),
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

function initrdFor(initrd: BootOptions["initrd"], root: string | undefined): Uint8Array | undefined {
  if (initrd === false) return undefined;
  if (initrd !== undefined) return bytesOf(initrd);
  return root === undefined ? bytesOf(embeddedInitramfs()) : undefined;
}

function bytesOf(source: string | Uint8Array): Uint8Array {
  return typeof source === "string" ? readWholeFile(source) : source;
}

/** Opens what is named by a path. When one cannot be opened, the ones before it are closed again. */
async function openDisks(disks: ReadonlyArray<Disk | undefined>): Promise<(Storage | undefined)[]> {
  const opened: (Storage | undefined)[] = [];
  try {
    for (const disk of disks) opened.push(disk === undefined ? undefined : await openDisk(disk));
  } catch (error) {
    for (const storage of opened) await storage?.close();
    throw error;
  }
  return opened;
}

async function openDisk(disk: Disk): Promise<Storage> {
  if (typeof disk === "object" && "read" in disk) return disk;
  const { FileStorage } = await import("./file-storage.js");
  return typeof disk === "string" ? FileStorage.open(disk) : FileStorage.open(disk.path, disk);
}
