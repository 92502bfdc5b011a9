/*
 * The register files of the virtio transports: virtio-mmio version 2 [virtio 4.2.2].
 *
 * Registers are the core's, queues and devices the host's. A slot's state lies where the host reads it (abi.ts); what a driver does that the
 * host must know at once (notify, status, configuration) is an operation.
 */

import {
  INTERRUPT_CONFIG,
  INTERRUPT_USED,
  OP_CONFIG,
  OP_STATUS,
  PASSAGE_NOTIFIED,
  PASSAGE_PTR,
  QUEUE_BYTES,
  QUEUE_DESC,
  QUEUE_DEVICE,
  QUEUE_DRIVER,
  QUEUE_NUM,
  QUEUE_NUM_MAX,
  QUEUE_READY,
  SLOT_BYTES,
  SLOT_CONFIG,
  SLOT_CONFIG_BYTES,
  SLOT_CONFIG_GENERATION,
  SLOT_COUNT,
  SLOT_DEVICE_FEATURES,
  SLOT_DEVICE_FEATURES_SEL,
  SLOT_DEVICE_ID,
  SLOT_DRIVER_FEATURES,
  SLOT_DRIVER_FEATURES_SEL,
  SLOT_INTERRUPT_STATUS,
  SLOT_NOTIFIED,
  SLOT_QUEUE,
  SLOT_QUEUE_COUNT,
  SLOT_QUEUE_SEL,
  SLOT_STATUS,
  SLOTS_PTR,
  VIRTIO_IRQ_HIGH,
  VIRTIO_IRQ_LOW,
} from "../abi";
import { isAttached, tellDriver } from "../world/cooperative";
import { ask, askToNotify } from "../world/operation";
import { setLine } from "./plic";

const MAGIC: u32 = 0x7472_6976;
const VERSION: u32 = 2;
/** QEMU's vendor id, which drivers know. */
const VENDOR: u32 = 0x554d_4551;
const OFFSET_CONFIG: u32 = 0x100;
const LOW_SLOTS: u32 = 8;

function slotPtr(slot: u32): u32 {
  return SLOTS_PTR + slot * SLOT_BYTES;
}

function line(slot: u32): u32 {
  return slot + (slot < LOW_SLOTS ? VIRTIO_IRQ_LOW : VIRTIO_IRQ_HIGH);
}

function updateLine(slot: u32): void {
  setLine(line(slot), load<u32>(slotPtr(slot), SLOT_INTERRUPT_STATUS) != 0);
}

/** Raises a slot's interrupt for the reasons in `bits` (INTERRUPT_*). */
export function raiseSlot(slot: u32, bits: u32): void {
  if (isAttached()) {
    tellDriver(slot, bits);
    return;
  }
  const at = slotPtr(slot);
  store<u32>(
    at,
    load<u32>(at, SLOT_INTERRUPT_STATUS) | (bits & (INTERRUPT_USED | INTERRUPT_CONFIG)),
    SLOT_INTERRUPT_STATUS,
  );
  updateLine(slot);
}

/** Puts the driver's part of a slot into its state after reset; the device's part is the host's. */
export function resetSlot(slot: u32): void {
  const at = slotPtr(slot);
  store<u64>(at, 0, SLOT_DRIVER_FEATURES);
  store<u32>(at, 0, SLOT_DEVICE_FEATURES_SEL);
  store<u32>(at, 0, SLOT_DRIVER_FEATURES_SEL);
  store<u32>(at, 0, SLOT_QUEUE_SEL);
  store<u32>(at, 0, SLOT_STATUS);
  store<u32>(at, 0, SLOT_INTERRUPT_STATUS);
  store<u32>(at, 0, SLOT_NOTIFIED);
  for (let q: u32 = 0; q < load<u32>(at, SLOT_QUEUE_COUNT); q++) {
    const queue = at + SLOT_QUEUE + q * QUEUE_BYTES;
    const max = load<u32>(queue, QUEUE_NUM_MAX);
    memory.fill(queue, 0, QUEUE_BYTES);
    store<u32>(queue, max, QUEUE_NUM_MAX);
  }
  updateLine(slot);
}

/** Notes that a queue was notified; false when the device has none of that number. */
export function noteNotify(slot: u32, queue: u32): bool {
  const at = slotPtr(slot);
  if (queue >= load<u32>(at, SLOT_QUEUE_COUNT)) return false;
  store<u32>(at, load<u32>(at, SLOT_NOTIFIED) | (1 << queue), SLOT_NOTIFIED);
  store<u64>(PASSAGE_PTR, load<u64>(PASSAGE_PTR, PASSAGE_NOTIFIED) | (1 << (<u64>slot)), PASSAGE_NOTIFIED);
  return true;
}

/** The slots that hold a device, a bit for each. */
export function occupiedSlots(): u64 {
  let slots: u64 = 0;
  for (let slot: u32 = 0; slot < SLOT_COUNT; slot++) {
    if (load<u32>(slotPtr(slot), SLOT_DEVICE_ID) != 0) slots |= 1 << (<u64>slot);
  }
  return slots;
}

export function resetSlots(): void {
  for (let slot: u32 = 0; slot < SLOT_COUNT; slot++) resetSlot(slot);
}

/** The queue that QueueSel selects, 0 if the device has none of that number. */
function selectedQueue(at: u32): u32 {
  const q = load<u32>(at, SLOT_QUEUE_SEL);
  return q < load<u32>(at, SLOT_QUEUE_COUNT) ? at + SLOT_QUEUE + q * QUEUE_BYTES : 0;
}

/** Reads `bytes` at `offset` of a slot's registers. */
export function loadVirtio(slot: u32, offset: u32, bytes: u32): u64 {
  const at = slotPtr(slot);
  if (offset >= OFFSET_CONFIG) return loadConfig(at, offset - OFFSET_CONFIG, bytes);
  const queue = selectedQueue(at);
  switch (<i32>offset) {
    case 0x000:
      return MAGIC;
    case 0x004:
      return VERSION;
    case 0x008:
      return load<u32>(at, SLOT_DEVICE_ID);
    case 0x00c:
      return VENDOR;
    case 0x010: {
      const sel = load<u32>(at, SLOT_DEVICE_FEATURES_SEL);
      return sel < 2 ? load<u32>(at + (sel << 2), SLOT_DEVICE_FEATURES) : 0;
    }
    case 0x034:
      return queue ? load<u32>(queue, QUEUE_NUM_MAX) : 0;
    case 0x044:
      return queue ? load<u32>(queue, QUEUE_READY) : 0;
    case 0x060:
      return load<u32>(at, SLOT_INTERRUPT_STATUS);
    case 0x070:
      return load<u32>(at, SLOT_STATUS);
    case 0x0b0: // SHMLenLow and SHMLenHigh: no shared memory regions [virtio 4.2.2]
    case 0x0b4:
      return 0xffff_ffff;
    case 0x0fc:
      return load<u32>(at, SLOT_CONFIG_GENERATION);
    default:
      return 0;
  }
}

export function storeVirtio(slot: u32, offset: u32, bytes: u32, value: u64): void {
  const at = slotPtr(slot);
  const word = <u32>value;
  if (offset >= OFFSET_CONFIG) {
    storeConfig(slot, at, offset - OFFSET_CONFIG, bytes, value);
    return;
  }
  const queue = selectedQueue(at);
  switch (<i32>offset) {
    case 0x014:
      store<u32>(at, word, SLOT_DEVICE_FEATURES_SEL);
      break;
    case 0x020: {
      const sel = load<u32>(at, SLOT_DRIVER_FEATURES_SEL);
      if (sel < 2) store<u32>(at + (sel << 2), word, SLOT_DRIVER_FEATURES);
      break;
    }
    case 0x024:
      store<u32>(at, word, SLOT_DRIVER_FEATURES_SEL);
      break;
    case 0x030:
      store<u32>(at, word, SLOT_QUEUE_SEL);
      break;
    case 0x038:
      if (queue) store<u32>(queue, word, QUEUE_NUM);
      break;
    case 0x044:
      if (queue) store<u32>(queue, word & 1, QUEUE_READY);
      break;
    case 0x050:
      if (noteNotify(slot, word)) askToNotify();
      break;
    case 0x064:
      store<u32>(at, load<u32>(at, SLOT_INTERRUPT_STATUS) & ~word, SLOT_INTERRUPT_STATUS);
      updateLine(slot);
      break;
    case 0x070:
      if (word == 0) resetSlot(slot);
      else store<u32>(at, word, SLOT_STATUS);
      ask(OP_STATUS, slot, word, 0);
      break;
    case 0x080:
      if (queue) store<u32>(queue, word, QUEUE_DESC);
      break;
    case 0x084:
      if (queue) store<u32>(queue, word, QUEUE_DESC + 4);
      break;
    case 0x090:
      if (queue) store<u32>(queue, word, QUEUE_DRIVER);
      break;
    case 0x094:
      if (queue) store<u32>(queue, word, QUEUE_DRIVER + 4);
      break;
    case 0x0a0:
      if (queue) store<u32>(queue, word, QUEUE_DEVICE);
      break;
    case 0x0a4:
      if (queue) store<u32>(queue, word, QUEUE_DEVICE + 4);
      break;
  }
}

function loadConfig(at: u32, offset: u32, bytes: u32): u64 {
  if (offset + bytes > load<u32>(at, SLOT_CONFIG_BYTES)) return 0;
  const ptr = at + SLOT_CONFIG + offset;
  if (bytes == 1) return load<u8>(ptr);
  if (bytes == 2) return load<u16>(ptr);
  return bytes == 4 ? <u64>load<u32>(ptr) : load<u64>(ptr);
}

function storeConfig(slot: u32, at: u32, offset: u32, bytes: u32, value: u64): void {
  if (offset + bytes > load<u32>(at, SLOT_CONFIG_BYTES)) return;
  const ptr = at + SLOT_CONFIG + offset;
  if (bytes == 1) store<u8>(ptr, <u8>value);
  else if (bytes == 2) store<u16>(ptr, <u16>value);
  else if (bytes == 4) store<u32>(ptr, <u32>value);
  else store<u64>(ptr, value);
  ask(OP_CONFIG, slot, offset, bytes);
}
