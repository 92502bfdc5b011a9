/*
 * Which device sits in which slot, and where a slot is found by the guest. The numbers are fixed, so that a disk keeps its name and its
 * interrupt whatever else the machine has.
 */

import { VIRTIO_IRQ_HIGH, VIRTIO_IRQ_LOW, VIRTIO_PA } from "../../../assembly/abi.js";

/** Disk N, the guest's cobdN, is slot N. */
export const DISK_SLOTS = 32;
export const CONSOLE_SLOT = 40;
export const ENTROPY_SLOT = 41;
export const VSOCK_SLOT = 42;

/** Distance of two slots in the physical address space, and what the device tree says of one: registers and configuration space. */
const SLOT_STRIDE_BYTES = 0x1000;
export const SLOT_WINDOW_BYTES = 0x200;

export function slotPa(slot: number): number {
  return VIRTIO_PA + slot * SLOT_STRIDE_BYTES;
}

/** Number of the slot's source at the PLIC. */
export function slotIrq(slot: number): number {
  return slot + (slot < 8 ? VIRTIO_IRQ_LOW : VIRTIO_IRQ_HIGH);
}
