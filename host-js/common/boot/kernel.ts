/*
 * What every kernel format comes down to: bytes for guest RAM, and where the hart starts.
 */

import { RAM_PA } from "../../../assembly/abi.js";

/** A kernel ready to be copied into guest RAM. */
export interface Kernel {
  readonly entryPa: number;
  readonly segments: readonly Segment[];
}

export interface Segment {
  readonly pa: number;
  readonly data: Uint8Array;
  /** What the segment occupies, data first, then what the kernel clears or the loader zeroes. */
  readonly memoryBytes: number;
  /** Whether the loader zeroes the rest. A Linux Image clears its own. */
  readonly zeroRest: boolean;
}

/** Where a kernel starts: 2 MiB into RAM, as after QEMU's firmware. */
export const KERNEL_PA = RAM_PA + 0x20_0000;
