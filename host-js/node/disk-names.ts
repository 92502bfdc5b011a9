/*
 * What Linux calls our disks.
 *
 * A kernel without a driver of ours sees virtio disks and letters them in the order of their slots: the disk with the lowest number is
 * vda, whatever its number. So `root=/dev/cobd3` and aliases are translated before the kernel reads them.
 */

import { virtioDiskName } from "../common/virtio-names.js";

/** A disk by its number, where a file or a device could be named too. */
export interface OnDisk {
  /** N of the guest's cobdN. */
  readonly disk: number;
}

export function isOnDisk(what: unknown): what is OnDisk {
  return typeof what === "object" && what !== null && "disk" in what;
}

/** Number of each present disk, lowest first, with the kernel's name for it. */
export function diskNames(disks: ReadonlyArray<unknown>): Map<number, string> {
  const names = new Map<number, string>();
  for (const [number, disk] of disks.entries()) if (disk) names.set(number, virtioDiskName(names.size));
  return names;
}

/** The disk that `root` names as /dev/cobdN or by an alias; what names no disk of ours is returned as it is. */
export function rootDisk(
  root: string,
  disks: ReadonlyArray<unknown>,
  aliases: ReadonlyMap<string, number> = new Map(),
): string | OnDisk {
  const name = root.replace(/^\/dev\//, "");
  const cobd = /^cobd(\d+)$/.exec(name);
  const number = cobd ? Number(cobd[1]) : aliases.get(name);
  return number !== undefined && disks[number] ? { disk: number } : root;
}
