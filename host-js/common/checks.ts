/*
 * What of the options can be refused at a glance. Everything that needs a look into a file is refused by whoever reads it (boot/).
 */

import { RAM_BYTES_MAX, RAM_BYTES_MIN } from "../../assembly/abi.js";
import { SECTOR_BYTES } from "./devices/block.js";
import { DISK_SLOTS } from "./devices/slots.js";
import { ColinuxError } from "./errors.js";
import type { MachineOptions } from "./options.js";

const MIB = 2 ** 20;
const CONSOLE_SIZE_MAX = 65535;

/** Errors: `ram-size`, `disk-count`, `disk-size`, `console-size`. */
export function checkOptions(options: MachineOptions, ramBytes: number): void {
  checkRam(ramBytes);
  const disks = options.disks ?? [];
  if (disks.length > DISK_SLOTS) {
    const message = `There are ${disks.length} disks; a machine has cobd0 to cobd${DISK_SLOTS - 1}.`;
    throw new ColinuxError("disk-count", message);
  }
  disks.forEach((disk, number) => {
    if (disk !== undefined) checkDiskSize(number, disk.bytes);
  });
  if (options.console !== undefined) checkConsoleSize(options.console.columns, options.console.rows);
}

export function checkConsoleSize(columns: number, rows: number): void {
  for (const [what, value] of [["columns", columns] as const, ["rows", rows] as const]) {
    if (!Number.isInteger(value) || value < 1 || value > CONSOLE_SIZE_MAX) {
      throw new ColinuxError(
        "console-size",
        `The console cannot have ${value} ${what}; 1 to ${CONSOLE_SIZE_MAX} are possible.`,
      );
    }
  }
}

function checkRam(ramBytes: number): void {
  if (Number.isInteger(ramBytes) && ramBytes % MIB === 0 && ramBytes >= RAM_BYTES_MIN && ramBytes <= RAM_BYTES_MAX)
    return;
  const range = `${RAM_BYTES_MIN / MIB} MiB to ${RAM_BYTES_MAX / MIB} MiB`;
  throw new ColinuxError(
    "ram-size",
    `The machine cannot have ${ramBytes} bytes of memory; whole MiB from ${range} are possible.`,
  );
}

function checkDiskSize(number: number, bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes > 0 && bytes % SECTOR_BYTES === 0) return;
  throw new ColinuxError(
    "disk-size",
    `cobd${number} has ${bytes} bytes; a disk is a whole number of ${SECTOR_BYTES}-byte sectors.`,
  );
}
