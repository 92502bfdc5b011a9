/*
 * A disk of one's own: whatever can read and write bytes at an offset is a Storage. This one keeps sectors in a Map, so a disk of 1 TiB
 * takes the memory of what was written.
 *
 *     node docs/examples/custom-disk.mjs
 */

import { Machine } from "colinux";

const SECTOR = 512;

class MapDisk {
  readOnly = false;
  sectors = new Map();

  constructor(bytes) {
    this.bytes = bytes;
  }

  /** Requests are whole sectors. */
  read(offset, into) {
    for (let at = 0; at < into.length; at += SECTOR) {
      const sector = this.sectors.get(offset + at);
      if (sector) into.set(sector, at);
      else into.fill(0, at, at + SECTOR);
    }
  }

  write(offset, from) {
    for (let at = 0; at < from.length; at += SECTOR) this.sectors.set(offset + at, from.slice(at, at + SECTOR));
  }

  /** Not needed, but it saves the guest from writing zeroes, and us from keeping them. */
  writeZeroes(offset, bytes) {
    for (let at = offset; at < offset + bytes; at += SECTOR) this.sectors.delete(at);
  }

  flush() {}
  close() {}
}

const disk = new MapDisk(2 ** 40);
const machine = await Machine.boot({ disks: [disk], kernelWords: ["TERM=dumb"] });
const script =
  "mkfs.ext4 -q /dev/vda && mount /dev/vda /mnt && df -h /mnt && echo hello > /mnt/file; umount /mnt; poweroff";
await machine.console.input.getWriter().write(new TextEncoder().encode(`${script}\n`));
for await (const text of machine.console.output.pipeThrough(new TextDecoderStream())) process.stdout.write(text);

const kept = [...disk.sectors.values()];
console.log(`${kept.length} of ${disk.bytes / SECTOR} sectors were kept.`);
console.log(`One of them is the file: ${kept.some((sector) => Buffer.from(sector).includes("hello\n"))}`);
