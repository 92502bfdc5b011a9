/*
 * Journals written by Linux: the embedded guest works on three disks, and the power goes. What is read from the disks as they are must be what
 * e2fsck makes of them.
 */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { Ext4 } from "../../host-js/common/ext4/ext4.js";
import { Machine } from "../../host-js/node/index.js";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { MemoryStorage } from "../support/memory-storage.js";
import { Transcript } from "../support/transcript.js";
import { Images, missing } from "./images.js";

const DISKS: [what: string, args: string[], mountOptions: string][] = [
  ["ext4 as it is made by default", ["-t", "ext4"], "defaults"],
  ["ext4 with its data in the journal", ["-t", "ext4", "-b", "4096"], "data=journal"],
  ["ext3 with one checksum for each transaction", ["-t", "ext3", "-b", "1024"], "journal_checksum"],
];

/**
 * An upgrade of a kernel, over and over, and something more. Each step is in the journal by the fsync of one file, which leaves it to later to
 * carry the journal out.
 */
const WORK = `
mkdir boot
for i in 1 2 3 4 5 6 7 8 9; do
  head -c 100000 /dev/urandom > boot/new
  sync boot/new
  mv boot/new boot/vmlinuz-$i
  ln -sf boot/vmlinuz-$i vmlinuz
  printf '\\300\\073\\071\\230 looks like the journal %s' $i > boot/magic-$i
  mkdir dir-$i
  for k in 1 2 3 4 5; do echo $i $k > dir-$i/$k; done
  sync boot/magic-$i
  [ $i -gt 2 ] && rm -r boot/vmlinuz-$((i-2)) dir-$((i-1))
done
rm boot/magic-1
`;

describe.skipIf(missing || ((!findKernel() || !findInitramfs()) && "kernel or initramfs are not built"))(
  "the journal of a guest that was killed",
  () => {
    const images = new Images();
    const snapshots: Uint8Array[] = [];

    beforeAll(async () => {
      const disks = DISKS.map(([, args]) => new MemoryStorage(images.make(args, 24)));
      const core = await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
      const machine = await Machine.boot({ core, worker: false, disks, ramBytes: 128 << 20 });
      const heard = new Transcript();
      void (async () => {
        for await (const text of machine.console.output as AsyncIterable<Uint8Array>)
          heard.add(Buffer.from(text).toString("latin1"));
      })();
      const input = machine.console.input.getWriter();
      const mounts = DISKS.map(
        ([, , options], i) =>
          `mkdir /d${i} && mount -t ext4 -o ${options} /dev/vd${"abc"[i]} /d${i} && cd /d${i} || exit`,
      );
      const script = mounts.map((mount) => `${mount}\n${WORK}`).join("");
      await input.write(new TextEncoder().encode(`cat > /w << 'END'\n${script}\nEND\nsh /w; echo "done $((6*7))"\n`));
      await heard.expect(/done 42/, 60_000);
      for (const disk of disks) snapshots.push(disk.data.slice());
      await machine.kill();
      for (const [, , options] of DISKS)
        expect(heard.text).not.toMatch(new RegExp(`${options}.*(failed|invalid)`, "i"));
    });

    test.each(DISKS.map(([what], i) => [what, i] as const))("on %s gives what e2fsck gives", async (_, i) => {
      const image = snapshots[i]!;
      const checked = images.checked(image);
      const read = await filesIn(image);
      expect([...read.keys()].sort()).toEqual([...(await filesIn(checked)).keys()].sort());
      expect(read.has("/boot/magic-2") && read.has("/boot/vmlinuz-9") && !read.has("/boot/vmlinuz-3")).toBe(true);
      const names = [...read.keys()].filter((name) => name !== "/vmlinuz");
      images.dumped(checked, names).forEach((content, k) => {
        expect(Buffer.compare(content!, read.get(names[k]!)!), names[k]).toBe(0);
      });
      expect(Buffer.compare(read.get("/vmlinuz")!, read.get("/boot/vmlinuz-9")!)).toBe(0);

      // Without its journal the disk is another one.
      const stale = image.slice();
      const view = new DataView(stale.buffer);
      view.setUint32(1120, view.getUint32(1120, true) & ~4, true);
      const staleFiles = await filesIn(stale).catch(() => new Map<string, Uint8Array>());
      expect([...staleFiles.keys()].sort()).not.toEqual([...read.keys()].sort());
    });
  },
);

/** All files by their paths; links among them by what they lead to. */
async function filesIn(image: Uint8Array): Promise<Map<string, Uint8Array>> {
  const fs = await Ext4.open(new MemoryStorage(image));
  const files = new Map<string, Uint8Array>();
  const visit = async (folder: string): Promise<void> => {
    for (const name of await fs.readdir(folder === "" ? "/" : folder)) {
      const path = `${folder}/${name}`;
      if ((await fs.typeOf(path)) === "directory") await visit(path);
      else files.set(path, await fs.readFile(path));
    }
  };
  await visit("");
  return files;
}
