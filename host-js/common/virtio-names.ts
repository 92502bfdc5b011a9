/*
 * The names of virtio disks in Linux, in the order of their slots.
 */

/** The name for the disk at `rank` among those present: vda to vdz, vdaa, ... as the kernel's `sd_format_disk_name` counts. */
export function virtioDiskName(rank: number): string {
  let letters = "";
  for (let rest = rank; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(97 + (rest % 26)) + letters;
  }
  return `vd${letters}`;
}
