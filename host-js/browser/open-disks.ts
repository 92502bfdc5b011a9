/*
 * Opens the disks of a machine in its Worker. When one cannot be opened, the ones before it are closed again.
 */

import type { Storage } from "../common/index.js";
import { openBase } from "./base-image.js";
import { type Disk, isStorage, type SentDisk } from "./disks.js";
import { openKept } from "./kept-disk.js";

export type Report = ((message: string) => void) | undefined;

/** Opens what is described; storages of the caller are in the result as they are. `closeOwn` closes the others, for a boot that fails. */
export async function openDisks(
  disks: ReadonlyArray<Disk | undefined>,
  report: Report,
): Promise<{ readonly storages: (Storage | undefined)[]; closeOwn(): Promise<void> }> {
  const own: Storage[] = [];
  const closeOwn = async (): Promise<void> => {
    for (const storage of own) await storage.close();
  };
  const storages: (Storage | undefined)[] = [];
  try {
    for (const disk of disks) {
      if (disk === undefined || isStorage(disk)) {
        storages.push(disk);
        continue;
      }
      const storage = await openDisk(disk as SentDisk, report);
      own.push(storage);
      storages.push(storage);
    }
  } catch (error) {
    await closeOwn();
    throw error;
  }
  return { storages, closeOwn };
}

async function openDisk(disk: SentDisk, report: Report): Promise<Storage> {
  if (disk.keep !== undefined) return openKept({ ...disk, keep: disk.keep }, report);
  return (await openBase(disk.image!, report)).storage;
}
