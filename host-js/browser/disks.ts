/*
 * Disks as a page describes them. They are opened in the machine's Worker (open-disks.ts), where alone OPFS can be written at once.
 */

import { ColinuxError, type Storage } from "../common/index.js";
import { checkName } from "./disk-folder.js";

/** A disk that the machine opens itself: an image, and what the browser keeps of it. */
export interface DiskDescription {
  /**
   * The image, which is only read: an address, whose server must send parts of files (HTTP ranges), or a Blob, such as a file that the user has
   * chosen. Left out: the disk is empty at first, or was imported.
   */
  readonly image?: string | URL | Blob;
  /**
   * The name under which the browser keeps what the guest writes, made when it is missing. The disk is the same again in each page of this
   * origin; one machine at a time can use it. Left out: the guest may only read.
   */
  readonly keep?: string;
  /** Size of an empty disk in bytes, when it is made; one that is kept already has its own. */
  readonly bytes?: number;
  /** Whether the guest may only read. Default false. */
  readonly readOnly?: boolean;
}

/** A disk: an open storage of the caller, which stays in the caller's thread, or the description of one. */
export type Disk = Storage | DiskDescription;

/** A description on its way to the Worker. */
export interface SentDisk extends DiskDescription {
  readonly image?: string | Blob;
}

const SECTOR_BYTES = 512;

/** What can be sent of each disk, with whole addresses. Throws ColinuxError `disk-option` for a description that says too little or too much. */
export function sendDisks(disks: ReadonlyArray<Disk | undefined>): (Storage | SentDisk | undefined)[] {
  return disks.map((disk) => (disk === undefined || isStorage(disk) ? disk : sendDisk(disk)));
}

/** Whether the browser keeps something for one of them. */
export function anyKept(disks: ReadonlyArray<Disk | undefined>): boolean {
  return disks.some((disk) => disk !== undefined && !isStorage(disk) && disk.keep !== undefined);
}

export function isStorage(disk: Disk): disk is Storage {
  return "read" in disk;
}

/** From the page's base, as for whatever else the page names. */
export function wholeAddress(address: string | URL): string {
  const { document, location } = globalThis as { document?: Document; location?: Location };
  return new URL(address, document?.baseURI ?? location?.href).href;
}

function sendDisk({ image, ...rest }: DiskDescription): SentDisk {
  const { keep, bytes, readOnly = false } = rest;
  if (keep !== undefined) checkName(keep);
  if (image === undefined && keep === undefined)
    throw new ColinuxError(
      "disk-option",
      "A disk is described by nothing; expected its `image`, or a name to `keep` it under.",
    );
  if (bytes !== undefined) checkBytes(bytes, image, keep);
  if (image === undefined) return { ...rest, readOnly };
  return { ...rest, readOnly, image: image instanceof Blob ? image : wholeAddress(image) };
}

function checkBytes(bytes: number, image: unknown, keep: string | undefined): void {
  if (image !== undefined)
    throw new ColinuxError(
      "disk-option",
      `A disk with an image has that image's size; leave out \`bytes\` (${bytes}).`,
    );
  if (keep === undefined) throw new ColinuxError("disk-option", "An empty disk needs a name to `keep` it under.");
  checkDiskSize(keep, bytes);
}

/** Throws ColinuxError `disk-size`. */
export function checkDiskSize(name: string, bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes > 0 && bytes % SECTOR_BYTES === 0) return;
  throw new ColinuxError(
    "disk-size",
    `The disk "${name}" cannot have ${bytes} bytes; expected a whole number of sectors of ${SECTOR_BYTES}.`,
  );
}
