/*
 * Which kernel and initrd a machine boots, and what the kernel calls its root.
 *
 *     kernel   as named; else ours; else, when ours was not built, the one on the root's disk
 *     initrd   as named; else what belongs to a disk's kernel; else our small system, unless there is a root
 *     root     /dev/vdX for a disk of ours; UUID=... for another kernel with an initrd, whose modules decide in which order it finds disks
 *
 * Files on disks are looked for now, so that the user hears what is wrong, and read at each boot.
 */

import { type BootFile, ColinuxError, DiskFiles, probeUuid, type Storage } from "../common/index.js";
import { diskNames, isOnDisk, type OnDisk } from "./disk-names.js";
import { embeddedInitramfs, embeddedKernel, notBuilt } from "./embedded.js";
import { readWholeFile } from "./whole-file.js";

export interface BootFilesAsked {
  readonly kernel?: string | Uint8Array | OnDisk | undefined;
  readonly initrd?: string | Uint8Array | OnDisk | false | undefined;
  readonly root?: string | OnDisk | undefined;
  readonly report?: ((message: string) => void) | undefined;
}

export interface BootFiles {
  readonly kernel: BootFile | undefined;
  readonly initrd: BootFile | undefined;
  /** Whether the kernel is the one that comes with colinux. */
  readonly embedded: boolean;
  /** In the kernel's words. */
  readonly root: string | undefined;
}

type Storages = ReadonlyArray<Storage | undefined>;

/**
 * Finds what is to be booted; a bare program's kernel and initrd have no defaults. Errors: `FileError`, and `ColinuxError` with codes
 * `kernel-missing`, `initrd-missing`, `disk-missing`, `ext4-...`.
 */
export async function findBootFiles(asked: BootFilesAsked, storages: Storages, bare: boolean): Promise<BootFiles> {
  const named = await namedInitrd(asked.initrd, storages);
  const ours = bare || asked.kernel !== undefined ? undefined : embeddedKernel();
  const from = asked.kernel ?? (bare || ours ? undefined : await rootKernel(asked, storages));
  const embedded = asked.kernel === undefined && !isOnDisk(from);
  // Ours are unpacked at the same time.
  const [kernel, initrd] = await Promise.all([
    ours ? ours() : isOnDisk(from) ? kernelOn(from, storages) : from === undefined ? undefined : bytesOf(from),
    named === undefined && !bare ? defaultInitrd(from, asked.root, storages) : named || undefined,
  ]);
  const byUuid = !bare && !embedded && initrd !== undefined;
  return { kernel, initrd, embedded, root: await rootName(asked.root, storages, byUuid) };
}

/** False for none, undefined when nothing was said. */
async function namedInitrd(
  initrd: BootFilesAsked["initrd"],
  storages: Storages,
): Promise<BootFile | false | undefined> {
  if (initrd === undefined || initrd === false) return initrd;
  if (!isOnDisk(initrd)) return bytesOf(initrd);
  const file = await initrdOn(initrd, storages);
  if (file) return file;
  throw new ColinuxError(
    "initrd-missing",
    `cobd${initrd.disk} holds no initrd: there is no /initrd.img, and none in /boot that belongs to its kernel.`,
  );
}

async function defaultInitrd(
  kernel: BootFilesAsked["kernel"],
  root: BootFilesAsked["root"],
  storages: Storages,
): Promise<BootFile | undefined> {
  if (isOnDisk(kernel)) return initrdOn(kernel, storages);
  return root === undefined ? embeddedInitramfs()() : undefined;
}

/** Ours was not built: the root's disk, if it has a kernel. */
async function rootKernel({ root, report }: BootFilesAsked, storages: Storages): Promise<OnDisk> {
  if (!isOnDisk(root)) throw notBuilt("kernel");
  try {
    const { kernelPath } = await filesOn(root, storages);
    report?.(`The kernel of cobd${root.disk} (${kernelPath}) starts; the one that comes with colinux is not built.`);
    return root;
  } catch (error) {
    if (error instanceof ColinuxError)
      throw notBuilt("kernel", `The root's disk has none to use instead: ${error.message}`);
    throw error;
  }
}

/** Errors: `kernel-missing`, those of filesOn. */
async function kernelOn(where: OnDisk, storages: Storages): Promise<BootFile> {
  void (await filesOn(where, storages)).kernelPath;
  return async () => (await filesOn(where, storages)).kernel();
}

async function initrdOn(where: OnDisk, storages: Storages): Promise<BootFile | undefined> {
  const path = await (await filesOn(where, storages)).initrdPath();
  return path === undefined ? undefined : async () => (await filesOn(where, storages)).initrd();
}

async function filesOn(where: OnDisk, storages: Storages): Promise<DiskFiles> {
  return DiskFiles.open(storageOf(where, storages), `cobd${where.disk}`);
}

async function rootName(
  root: BootFilesAsked["root"],
  storages: Storages,
  byUuid: boolean,
): Promise<string | undefined> {
  if (!isOnDisk(root)) return root;
  const storage = storageOf(root, storages);
  const uuid = byUuid ? await probeUuid(storage) : undefined;
  return uuid === undefined ? `/dev/${diskNames(storages).get(root.disk)}` : `UUID=${uuid}`;
}

function storageOf({ disk }: OnDisk, storages: Storages): Storage {
  const storage = storages[disk];
  if (storage) return storage;
  throw new ColinuxError("disk-missing", `There is no disk cobd${disk} to boot from.`);
}

export function bytesOf(source: string | Uint8Array): Uint8Array {
  return typeof source === "string" ? readWholeFile(source) : source;
}
