/*
 * What can be wrong with an overlay, in the words of whoever named the files.
 */

import { ColinuxError } from "../errors.js";

/** What messages call the two files. */
export interface OverlayNames {
  /** The file with what differs. */
  readonly overlay: string;
  /** The disk image below it. */
  readonly base: string;
  /** How whoever named them throws the overlay away; by default with the command. */
  readonly discard?: string;
}

export const UNNAMED: OverlayNames = { overlay: "The overlay", base: "its base" };

export function notAnOverlay({ overlay }: OverlayNames): ColinuxError {
  return new ColinuxError(
    "overlay-kind",
    `${overlay} is not an overlay of colinux; expected a file that it made, or the name of a file that is not there yet.`,
  );
}

export function newerVersion({ overlay }: OverlayNames, version: number, known: number): ColinuxError {
  return new ColinuxError(
    "overlay-version",
    `${overlay} is an overlay of version ${version}; this colinux knows versions up to ${known}. Use the colinux that made it.`,
  );
}

export function damaged({ overlay }: OverlayNames, what: string): ColinuxError {
  return new ColinuxError(
    "overlay-damaged",
    `${overlay} is damaged: ${what}. It was cut or overwritten; restore it from a copy.`,
  );
}

export function wrongSize({ overlay, base }: OverlayNames, has: number, expected: number): ColinuxError {
  return new ColinuxError(
    "overlay-base",
    `${overlay} belongs to a base of ${expected} bytes, but ${base} has ${has}.\n` +
      `Name the base it was made for; the disk of another needs an overlay of its own`,
  );
}

export function baseChanged({ overlay, base, discard = `colinux discard ${overlay}` }: OverlayNames): ColinuxError {
  return new ColinuxError(
    "overlay-base",
    `${overlay} does not fit ${base}: that is another disk, or it was changed since the overlay was made.\n` +
      `Name or restore the base as it was, or throw the overlay away: ${discard}`,
  );
}

export function unfinishedCommit({ overlay, base }: OverlayNames): ColinuxError {
  return new ColinuxError(
    "overlay-unfinished",
    `The commit of ${overlay} was interrupted, and ${base} has a part of it.\nFinish it first: colinux commit ${overlay}`,
  );
}
