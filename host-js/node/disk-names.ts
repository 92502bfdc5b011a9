/*
 * What Linux calls our disks.
 *
 * A kernel without a driver of ours sees virtio disks and letters them in the order of their slots: the disk with the lowest number is
 * vda, whatever its number. So `root=/dev/cobd3` and aliases are translated before the kernel reads them.
 */

/** A disk by its number, where a file or a device could be named too. */
export interface OnDisk {
  /** N of the guest's cobdN. */
  readonly disk: number;
}

export function isOnDisk(what: unknown): what is OnDisk {
  return typeof what === "object" && what !== null && "disk" in what;
}

/** The name for the disk at `rank` among those present: vda to vdz, vdaa, ... as the kernel's `sd_format_disk_name` counts. */
export function virtioDiskName(rank: number): string {
  let letters = "";
  for (let rest = rank; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(97 + (rest % 26)) + letters;
  }
  return `vd${letters}`;
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
