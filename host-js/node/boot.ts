/*
 * Machine.boot for Node: files by their paths, and a default for everything.
 *
 * The core starts to compile first, on V8's own threads, while the files are read. What the caller named is looked at before what comes with
 * colinux. Disks are closed again when the machine does not come to be.
 */

import { Machine as CommonMachine, type MachineOptions, type Storage } from "../common/index.js";
import { bytesOf, findBootFiles } from "./boot-files.js";
import { commandLineFor } from "./command-line.js";
import type { OnDisk } from "./disk-names.js";
import { coreModule } from "./embedded.js";
import { NodeEnvironment } from "./environment.js";

/** A disk: an open storage, or the path of an image. */
export type Disk = Storage | string | DiskFile;

/** A disk image, and how it is used. */
export interface DiskFile {
  /** The disk image. */
  readonly path: string;
  /** Whether the guest may only read. Default false. */
  readonly readOnly?: boolean;
  /** What the guest writes goes into this file, made when it is missing; the image is only read, and may have any number of overlays. */
  readonly overlay?: string | undefined;
  /** What the guest writes is thrown away in the end; image and overlay are only read. Default false. */
  readonly snapshot?: boolean | undefined;
}

/** `MachineOptions` with paths where it wants bytes, and defaults for all of it. */
export interface BootOptions
  extends Partial<Omit<MachineOptions, "kernel" | "initrd" | "bare" | "disks" | "commandLine">> {
  /**
   * A file, its bytes, or the disk that holds it (read anew at each reboot). Default: the kernel that comes with colinux, or, if that was
   * not built, the one on the disk of `root`.
   */
  readonly kernel?: string | Uint8Array | OnDisk;
  /**
   * A file, its bytes, or the disk that holds it; false for none. Default: the one beside the kernel when that is on a disk; else the small
   * system that comes with colinux, unless `root` is given.
   */
  readonly initrd?: string | Uint8Array | OnDisk | false;
  /** A program for the naked board, by its file or its bytes; see BareOptions. There is no default kernel or initrd beside it. */
  readonly bare?: {
    /** The program's file or its bytes: ELF or a raw image. */
    readonly image: string | Uint8Array;
    /** Ends the machine after so many instructions. Default: never. */
    readonly maxInsns?: number;
  };
  /** By number: `disks[n]` is the guest's cobdN. Images named by a path are locked while the machine runs. */
  readonly disks?: ReadonlyArray<Disk | undefined>;
  /** The root filesystem: a disk, or a device in the kernel's words, as in `/dev/vda`. */
  readonly root?: string | OnDisk;
  /** Further words for the kernel's command line. */
  readonly kernelWords?: readonly string[];
}

/** Boots a machine. Rejects with `FileError` when a file cannot be opened, with `ColinuxError` when it cannot be used. */
export async function boot(options: BootOptions = {}): Promise<CommonMachine> {
  const { kernel, initrd, bare, disks, root, kernelWords, core = coreModule(), ...rest } = options;
  const storages = await openDisks(disks ?? [], rest.report);
  try {
    const files = await findBootFiles({ kernel, initrd, root, report: rest.report }, storages, bare !== undefined);
    return await CommonMachine.boot({
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
