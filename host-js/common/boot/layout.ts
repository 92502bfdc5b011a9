/*
 * Where kernel, initrd and device tree lie in guest RAM. The kernel has its place; the others go as high as every kernel reaches early in
 * its boot, so that the kernel finds a large free piece behind itself:
 *
 *     RAM_PA + 0         firmware's place, free
 *     RAM_PA + 2 MiB     kernel, with what it clears behind its data
 *     ...                free
 *     top - ...          initrd
 *     top - ...          device tree
 *     top - 4 KiB        fw_dynamic_info, for bare programs; top = end of RAM or 1 GiB, whichever is lower
 */

import { RAM_BYTES_MAX, RAM_PA } from "../../../assembly/abi.js";
import { ColinuxError } from "../errors.js";
import { FIRMWARE_INFO_BYTES } from "./firmware-info.js";
import type { Segment } from "./kernel.js";

const MIB = 2 ** 20;
const PAGE_BYTES = 4096;
/** Sv39 kernels map this much of RAM for their device tree and initrd without further ado. */
const HIGHEST_BYTES = 1024 * MIB;
/** What a Linux needs beside its own image and the initrd to reach user space: page structures, slabs, the unpacked files' nodes. */
const KERNEL_HEADROOM_BYTES = 4 * MIB;

export interface Layout {
  readonly initrdPa: number;
  readonly deviceTreePa: number;
  readonly firmwareInfoPa: number;
}

/** Places everything. Errors: `ram-too-small`, with a size that would do. */
export function layOut(
  ramBytes: number,
  segments: readonly Segment[],
  initrdBytes: number,
  deviceTreeBytes: number,
): Layout {
  const kernelEndPa = Math.max(...segments.map(({ pa, memoryBytes }) => pa + memoryBytes));
  const topPa = RAM_PA + Math.min(ramBytes, HIGHEST_BYTES);
  const firmwareInfoPa = alignDown(topPa - FIRMWARE_INFO_BYTES);
  const deviceTreePa = alignDown(firmwareInfoPa - deviceTreeBytes);
  const initrdPa = alignDown(deviceTreePa - initrdBytes);
  const kernelBytes = kernelEndPa - RAM_PA;
  if (initrdPa < kernelEndPa + KERNEL_HEADROOM_BYTES || kernelEndPa > topPa) {
    // The kernel copies the files out of the archive before it frees it.
    const needed = Math.ceil((kernelBytes + 2 * initrdBytes + deviceTreeBytes + 4 * KERNEL_HEADROOM_BYTES) / MIB);
    if (needed * MIB > RAM_BYTES_MAX) {
      throw new ColinuxError(
        "kernel-corrupt",
        `The kernel claims ${mib(kernelBytes)} MiB of memory, more than any machine has (${RAM_BYTES_MAX / MIB} MiB).`,
      );
    }
    const parts = `kernel ${mib(kernelBytes)} MiB, initrd ${mib(initrdBytes)} MiB unpacked`;
    throw new ColinuxError(
      "ram-too-small",
      `The guest does not fit into ${ramBytes / MIB} MiB of memory (${parts}). Give the machine at least ${needed} MiB.`,
    );
  }
  return { initrdPa, deviceTreePa, firmwareInfoPa };
}

function alignDown(pa: number): number {
  return pa - (pa % PAGE_BYTES);
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
