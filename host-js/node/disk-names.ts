/*
 * What Linux calls our disks.
 *
 * A kernel without a driver of ours sees virtio disks and letters them in the order of their slots: the disk with the lowest number is
 * vda, whatever its number. So `root=/dev/cobd3` and aliases are translated here before the kernel reads them.
 */

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

/** `root` with /dev/cobdN and aliases in the kernel's words; what names no disk of ours is returned as it is. */
export function translateRoot(
  root: string,
  disks: ReadonlyArray<unknown>,
  aliases: ReadonlyMap<string, number> = new Map(),
): string {
  const name = root.replace(/^\/dev\//, "");
  const cobd = /^cobd(\d+)$/.exec(name);
  const number = cobd ? Number(cobd[1]) : aliases.get(name);
  const known = number === undefined ? undefined : diskNames(disks).get(number);
  return known === undefined ? root : `/dev/${known}`;
}
