/*
 * Overlays in files: opened over their base, made when they are not there, and temporary ones.
 *
 * The base is opened read-only, so that many overlays can share it, and locked as for any reader. The overlay remembers where its base lies,
 * from its own folder, so that both can be moved together.
 */

import { closeSync, existsSync, fsyncSync, openSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { ColinuxError, createOverlay, OverlayStorage, type Storage } from "../common/index.js";
import { hasMagic, isBlank, readHeader, writeHeader } from "../common/overlay/header.js";
import { FileError, fileError } from "./file-error.js";
import { FileStorage, GrowingFile } from "./file-storage.js";

export interface OverlayOptions {
  /** Whether the guest may only read. The overlay must be there then. */
  readonly readOnly?: boolean | undefined;
  /** Told what the user should know although all can go on. */
  readonly report?: ((message: string) => void) | undefined;
}

/**
 * Opens the overlay at `path` over the disk image at `base`; makes it when it is missing or empty. Rejects with `FileError` when a file
 * cannot be opened or is in use, and with `ColinuxError` when they do not belong together.
 */
export async function openOverlay(path: string, base: string, options: OverlayOptions = {}): Promise<Storage> {
  refuseSame(path, base);
  const below = await openImage(base, { readOnly: true });
  try {
    return await openTop(path, base, below, options);
  } catch (error) {
    await below.close();
    throw error;
  }
}

/** What is written to the disk goes into a temporary file, which is gone in the end. `below` belongs to the result. */
export async function openSnapshot(below: Storage): Promise<Storage> {
  const top = GrowingFile.temporary(tmpdir());
  try {
    await createOverlay(below, top);
    return await OverlayStorage.open(below, top);
  } catch (error) {
    await top.close();
    await below.close();
    throw error;
  }
}

/** Opens a disk image as a disk of its own. Rejects with what `FileStorage.open` throws, and ColinuxError `overlay-kind` for an overlay. */
export async function openImage(
  path: string,
  options: { readonly readOnly?: boolean | undefined } = {},
): Promise<FileStorage> {
  const image = FileStorage.open(path, { readOnly: options.readOnly ?? false });
  try {
    refuseOverlay(path, image);
    return image;
  } catch (error) {
    await image.close();
    throw error;
  }
}

/** A guest that wrote to an overlay as to a disk would destroy it. */
function refuseOverlay(path: string, image: FileStorage): void {
  const begin = new Uint8Array(512);
  void image.read(0, begin);
  if (!hasMagic(begin)) return;
  throw new ColinuxError(
    "overlay-kind",
    `${path} is an overlay; expected a disk image.\nName both, the image and its overlay, as in cobd0=disk.img,overlay=${path}`,
  );
}

/** Where the overlay at `path`, which has recorded `basePath`, has its base. */
export function basePathOf(path: string, basePath: string): string {
  return resolve(dirname(realpathSync(path)), basePath);
}

async function openTop(path: string, base: string, below: Storage, options: OverlayOptions): Promise<Storage> {
  const made = !options.readOnly && makeFile(path);
  const top = GrowingFile.open(path, { readOnly: options.readOnly ?? false });
  try {
    const modified = Math.floor(statSync(base).mtimeMs);
    if (!top.readOnly && (await isBlank(top))) {
      await createOverlay(below, top, { path: pathFor(path, base), modified });
      syncFolder(dirname(realpathSync(path)));
    }
    const overlay = await OverlayStorage.open(below, top, { overlay: path, base });
    const header = await readHeader(top);
    if (header.baseModified !== modified) {
      options.report?.(modifiedMessage(path, base));
      if (!top.readOnly) await writeHeader(top, { ...header, baseModified: modified });
    }
    return overlay;
  } catch (error) {
    await top.close();
    if (made) rmSync(path, { force: true });
    throw error;
  }
}

/** Returns whether the file was not there. */
function makeFile(path: string): boolean {
  try {
    if (existsSync(path)) return false;
    closeSync(openSync(path, "wx"));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw new FileError("file-missing", `${path} cannot be made: there is no folder ${dirname(path)}.`);
    throw fileError(path, error);
  }
}

function refuseSame(path: string, base: string): void {
  if (resolve(path) !== resolve(base) && !(existsSync(path) && existsSync(base) && sameFile(path, base))) return;
  throw new ColinuxError(
    "overlay-kind",
    `${path} cannot be the overlay of itself; expected the name of another file, which is made when it is missing.`,
  );
}

function sameFile(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)];
  return a.ino === b.ino && a.dev === b.dev && a.ino !== 0;
}

/** From the overlay's folder to the base, with slashes; absolute where there is no such way. */
function pathFor(path: string, base: string): string {
  const way = relative(dirname(realpathSync(path)), realpathSync(base));
  return isAbsolute(way) ? way : way.replaceAll("\\", "/");
}

/** The name of a new file is safe with its folder. Not every system opens folders. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Then it does by itself what it does.
  }
}

function modifiedMessage(path: string, base: string): string {
  return (
    `${base} was copied or modified since ${path} was made; its size and the parts that were compared are the same.\n` +
    `If something else than colinux wrote to it, throw the overlay away: colinux discard ${path}`
  );
}
