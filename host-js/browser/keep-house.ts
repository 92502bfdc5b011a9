/*
 * Disks that the browser keeps, from the page: which there are, how much room they take, copied out and in, thrown away.
 *
 * The page has no synchronous handles; it reads a disk's file as a Blob and writes a new one as a stream, which takes the place of the old one
 * when it is whole. The disk is locked meanwhile, as by a machine.
 */

import { OverlayStorage } from "../common/index.js";
import { isBlank, readHeader } from "../common/overlay/header.js";
import { type PackProgress, packOverlay } from "../common/overlay/pack.js";
import { GrownBlob, hasChanged } from "./blob-storage.js";
import { calledDisk, checkName, diskFiles, diskFolder, isMissing, lockedFile, removeDiskFile } from "./disk-folder.js";
import { lockedDisks } from "./disk-lock.js";
import { chunksOf, streamOf, writeWhole } from "./disk-streams.js";
import { checkDiskSize, wholeAddress } from "./disks.js";
import { knownBase, namesOf } from "./kept-disk.js";
import { diskExists, diskFull, isQuota } from "./opfs-failure.js";

/** What was read of a file is void once somebody has written to it, which takes longer than a look at its beginning. */
const DESCRIBE_ATTEMPTS = 10;

/** A disk that the browser keeps. */
export interface KeptDiskInfo {
  /** What it is kept as. */
  readonly name: string;
  /** Size of the disk, in bytes. */
  readonly bytes: number;
  /** Room that it takes in the browser's storage, in bytes. */
  readonly usedBytes: number;
  /** The image below it: its address, or the name of the file; undefined when it needs none. */
  readonly image: string | undefined;
  /** When something was last written to it, in milliseconds since 1970. */
  readonly modified: number;
  /** Whether a machine, or who copies it, has it at the moment. */
  readonly inUse: boolean;
}

/** A whole disk, to be read once. */
export interface ExportedDisk {
  /** Size of the disk. */
  readonly bytes: number;
  /** All of it, from its beginning to its end. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The room that the browser gives to this origin. */
export interface DiskSpace {
  /** All that the origin has stored, in bytes, as far as the browser tells. */
  readonly usedBytes: number;
  /** What it may store at most. */
  readonly quotaBytes: number;
  /** Whether the browser has promised not to clear it by itself when the computer has no room left. */
  readonly persistent: boolean;
}

/** The disks that the browser keeps for this origin, by name. Rejects with ColinuxError `disk-unsupported`. */
export async function listDisks(): Promise<KeptDiskInfo[]> {
  await diskFolder();
  const disks: KeptDiskInfo[] = [];
  const locked = await lockedDisks();
  for await (const { name, file } of diskFiles()) {
    const disk = await describe(name, file);
    if (disk !== undefined) disks.push({ ...disk, inUse: locked.has(name) });
  }
  return disks.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Undefined when there is none, or none any more. A disk may be written, replaced and thrown away by others while it is looked at. */
async function describe(name: string, file: FileSystemFileHandle): Promise<Omit<KeptDiskInfo, "inUse"> | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const blob = await file.getFile();
      const top = new GrownBlob(blob, calledDisk(name));
      // A tab that ended before its disk was made.
      if (await isBlank(top)) return undefined;
      const { baseBytes, basePath } = await readHeader(top, namesOf(name));
      const { size: usedBytes, lastModified: modified } = blob;
      return { name, bytes: baseBytes, usedBytes, image: basePath || undefined, modified };
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (!hasChanged(error) || attempt === DESCRIBE_ATTEMPTS) throw error;
    }
  }
}

/** How much room is taken and left, for all of this origin. Rejects with ColinuxError `disk-unsupported`. */
export async function diskSpace(): Promise<DiskSpace> {
  await diskFolder();
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return { usedBytes: usage, quotaBytes: quota, persistent: await navigator.storage.persisted() };
}

/**
 * The whole disk, its image with all that was written. It is locked until the stream has ended or is cancelled. `image` is needed for a disk over a file of the user's. Rejects with ColinuxError: `disk-not-kept`, `disk-in-use`,
 * and what opening the image rejects with.
 */
export async function exportDisk(
  name: string,
  { image }: { readonly image?: string | URL | Blob } = {},
): Promise<ExportedDisk> {
  checkName(name);
  const { file, unlock } = await lockedFile(name);
  try {
    const top = new GrownBlob(await file.getFile(), calledDisk(name));
    const header = await readHeader(top, namesOf(name));
    const given = image === undefined ? {} : { image: image instanceof Blob ? image : wholeAddress(image) };
    const base = await knownBase(header, { ...given, keep: name }, undefined);
    const disk = await OverlayStorage.open(base.storage, top, namesOf(name, base.origin.path));
    return { bytes: disk.bytes, stream: streamOf(disk, unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * Keeps a disk image under `name`: a Blob, or a stream of `bytes` bytes. It needs no other image from then on. A disk of that name is replaced
 * when `replace` is set, once the new one is whole. Rejects with ColinuxError: `disk-exists`, `disk-in-use`, `disk-size`, `disk-full`,
 * `disk-unsupported`, and with what the stream fails with.
 */
export async function importDisk(
  name: string,
  source: Blob | { readonly stream: ReadableStream<Uint8Array>; readonly bytes: number },
  { replace = false, progress }: { readonly replace?: boolean; readonly progress?: PackProgress } = {},
): Promise<void> {
  checkName(name);
  const { bytes, stream } = source instanceof Blob ? { bytes: source.size, stream: source.stream() } : source;
  checkDiskSize(name, bytes);
  const { file, unlock } = await lockedFile(name, { create: true });
  try {
    const isNew = await isBlank(new GrownBlob(await file.getFile(), calledDisk(name)));
    if (!isNew && !replace) throw diskExists(name);
    try {
      await writeWhole(file, (top) => packOverlay(bytes, chunksOf(stream), top, progress));
    } catch (error) {
      if (isNew) await removeDiskFile(name);
      throw isQuota(error) ? diskFull(calledDisk(name), error) : error;
    }
  } finally {
    unlock();
  }
}

/** Throws away what the browser keeps of the disk. Rejects with ColinuxError: `disk-not-kept`, `disk-in-use`. */
export async function resetDisk(name: string): Promise<void> {
  checkName(name);
  const { unlock } = await lockedFile(name);
  try {
    await removeDiskFile(name);
  } finally {
    unlock();
  }
}
