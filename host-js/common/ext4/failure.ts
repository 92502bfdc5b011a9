/*
 * How the reader says that it cannot go on. What is damaged is told by its place in the format, as e2fsck would, since that is the
 * program that mends it.
 */

import { ColinuxError } from "../errors.js";

/** Something that no ext4 driver writes. */
export function damaged(what: string): ColinuxError {
  return new ColinuxError("ext4-damaged", `The ext4 file system is damaged: ${what}. Check the image: e2fsck -f IMAGE`);
}

/** Something that ext4 has and this reader has not. */
export function unsupported(what: string): ColinuxError {
  return new ColinuxError("ext4-unsupported", `The ext4 file system cannot be read from outside the guest: ${what}.`);
}
