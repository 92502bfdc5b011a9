/*
 * A disk that the browser keeps: an overlay in OPFS over an image, or over zeroes when there is none.
 *
 * An empty disk is an overlay, too, because a browser's quota counts the length of a file: it grows with what is written, and what the guest
 * discards is used again.
 */

import { ColinuxError, createOverlay, type GrowingStorage, OverlayStorage, type Storage } from "../common/index.js";
import type { OverlayNames } from "../common/overlay/failure.js";
import { isBlank, type OverlayHeader, readHeader } from "../common/overlay/header.js";
import { Zeroes } from "../common/overlay/zeroes.js";
import { type BaseImage, isAddress, openBase } from "./base-image.js";
import { calledDisk, lockedFile, removeDiskFile } from "./disk-folder.js";
import type { SentDisk } from "./disks.js";
import { OpfsStorage } from "./opfs-storage.js";

type Report = ((message: string) => void) | undefined;
type KeptDisk = SentDisk & { readonly keep: string };

/**
 * Opens the disk in a Worker; makes it when it is missing. It is locked until it is closed. Rejects with ColinuxError: `disk-in-use`,
 * `disk-not-kept`, `disk-unsupported`, `disk-full`, and what opening its image and an overlay over it rejects with.
 */
export async function openKept(disk: KeptDisk, report: Report): Promise<Storage> {
  const { keep, readOnly = false } = disk;
  const makes = !readOnly && (disk.image !== undefined || disk.bytes !== undefined);
  const { file, unlock } = await lockedFile(keep, { create: makes });
  let top: OpfsStorage;
  try {
    top = await OpfsStorage.open(file, calledDisk(keep), { readOnly, closed: unlock });
  } catch (error) {
    unlock();
    throw error;
  }
  const made = top.bytes === 0;
  try {
    return await openOver(top, disk, report);
  } catch (error) {
    if (made) await removeDiskFile(keep).catch(() => undefined);
    top.close();
    throw error;
  }
}

async function openOver(top: GrowingStorage, disk: KeptDisk, report: Report): Promise<Storage> {
  const blank = !top.readOnly && (await isBlank(top));
  const base = blank
    ? await newBase(disk, report)
    : await knownBase(await readHeader(top, namesOf(disk.keep)), disk, report);
  try {
    if (blank) await createOverlay(base.storage, top, base.origin);
    return await openOverlay(base, top, disk.keep, report);
  } catch (error) {
    await base.storage.close();
    throw error;
  }
}

/** Opens the overlay of the disk `name` over its base; both belong to the result. Rejects as `OverlayStorage.open` does. */
export async function openOverlay(
  { storage, origin }: BaseImage,
  top: GrowingStorage,
  name: string,
  report: Report,
): Promise<Storage> {
  const header = await readHeader(top);
  const overlay = await OverlayStorage.open(storage, top, namesOf(name, origin.path));
  if (header.baseModified !== 0 && origin.modified !== 0 && header.baseModified !== origin.modified)
    report?.(
      `${origin.path} is of another time than when ${calledDisk(name)} was made; its size and the parts that were compared are the same.\n` +
        `If its content changed, throw away what is kept: resetDisk("${name}")`,
    );
  return overlay;
}

/** What lies below a disk that is kept already. Rejects with ColinuxError `disk-option` when it has to be told and was not. */
export async function knownBase(
  { basePath, baseBytes }: OverlayHeader,
  { image, keep }: { readonly image?: string | Blob; readonly keep: string },
  report: Report,
): Promise<BaseImage> {
  // What was imported is all there, whatever image was below the disk where it comes from.
  if (basePath === "") return zeroes(baseBytes);
  if (image !== undefined) return openBase(image, report);
  if (isAddress(basePath)) return openBase(basePath, report);
  throw new ColinuxError(
    "disk-option",
    `${calledDisk(keep)} needs the image that it was made over, ${basePath}; give it as \`image\`.`,
  );
}

async function newBase({ image, bytes, keep }: KeptDisk, report: Report): Promise<BaseImage> {
  if (image !== undefined) return openBase(image, report);
  if (bytes !== undefined) return zeroes(bytes);
  throw new ColinuxError("disk-not-kept", `${calledDisk(keep)} is empty; give its \`image\` or its size in \`bytes\`.`);
}

function zeroes(bytes: number): BaseImage {
  return { storage: new Zeroes(bytes), origin: { spread: 1 } };
}

export function namesOf(keep: string, base = "its image"): OverlayNames {
  return { overlay: calledDisk(keep), base, discard: `resetDisk("${keep}")` };
}
