/*
 * A disk for /root of the embedded guest: the last one, whose name the guest's init is told by the word `home=` (kernels/rootfs/files/init).
 * The guest makes the file system on it when it is empty.
 */

import { virtioDiskName } from "../common/virtio-names.js";
import type { Disk } from "./disks.js";

/** Grows with what is in it. */
const HOME_BYTES = 4 * 2 ** 30;

/** The disks with that of /root behind them, and the kernel's words for it. */
export function withHome(
  home: string | Disk,
  disks: ReadonlyArray<Disk | undefined>,
): { readonly disks: ReadonlyArray<Disk | undefined>; readonly word: string } {
  const disk = typeof home === "string" ? { keep: home, bytes: HOME_BYTES } : home;
  const rank = disks.filter((other) => other !== undefined).length;
  return { disks: [...disks, disk], word: `home=/dev/${virtioDiskName(rank)}` };
}
