/*
 * Boot options on their way to the guest's thread. What can be cloned goes there as it is; a storage of the caller stays, and answers from here.
 */

import type { Storage } from "../ports.js";
import { FarStorage, type SentStorage, type StorageCall, sendStorage } from "./storage.js";

/** Options as they are sent; what they mean is for those who boot. */
export interface SentOptions {
  readonly disks?: ReadonlyArray<unknown>;
}

/** The options without what cannot cross the border, and the disks that stay. */
export function packOptions(options: object): { sent: SentOptions; storages: Map<number, Storage> } {
  const storages = new Map<number, Storage>();
  const { disks, ...rest } = options as { disks?: ReadonlyArray<unknown> };
  if (disks === undefined) return { sent: rest, storages };
  const sent = disks.map((disk, number) => {
    if (!isStorage(disk)) return disk;
    storages.set(number, disk);
    return sendStorage(number, disk);
  });
  return { sent: { ...rest, disks: sent }, storages };
}

/** The options as the caller gave them, with storages that ask the caller's. */
export function unpackOptions({ disks, ...rest }: SentOptions, call: StorageCall): object {
  if (disks === undefined) return rest;
  return { ...rest, disks: disks.map((disk) => (isSentStorage(disk) ? new FarStorage(disk, call) : disk)) };
}

function isStorage(disk: unknown): disk is Storage {
  return typeof disk === "object" && disk !== null && "read" in disk && typeof disk.read === "function";
}

function isSentStorage(disk: unknown): disk is SentStorage {
  return typeof disk === "object" && disk !== null && "border" in disk;
}
