/*
 * The bus: which device answers at a physical address outside RAM (abi.ts holds the map).
 *
 * Accesses are aligned and of 1, 2, 4 or 8 bytes. False means that nobody answers: an access fault.
 */

import {
  ACLINT_PA,
  FINISHER_PA,
  PLIC_BYTES,
  PLIC_PA,
  PVPANIC_PA,
  RTC_PA,
  SLOT_BYTES,
  SLOT_COUNT,
  UART_PA,
  VIRTIO_PA,
} from "../abi";
import { hart } from "../hart/hart";
import { ACLINT_BYTES, loadAclint, storeAclint } from "./aclint";
import { loadPlic, storePlic } from "./plic";
import { PVPANIC_EVENTS, storeFinisher, storePvpanic } from "./power";
import { loadRtc, storeRtc } from "./rtc";
import { loadUart, storeUart } from "./uart";
import { loadVirtio, storeVirtio } from "./virtio";

const PAGE: u64 = 0x1000;
const UART_BYTES: u64 = 0x100;
const UART_REGISTERS: u32 = 8;
const SLOTS_BYTES: u64 = <u64>SLOT_COUNT * SLOT_BYTES;

function within(pa: u64, base: u32, bytes: u64): bool {
  return pa - <u64>base < bytes;
}

/** Loads into hart.bounce. */
export function loadDevice(pa: u64, bytes: u32): bool {
  let value: u64 = 0;
  if (within(pa, VIRTIO_PA, SLOTS_BYTES)) {
    const offset = <u32>pa - VIRTIO_PA;
    value = loadVirtio(offset / SLOT_BYTES, offset & (SLOT_BYTES - 1), bytes);
  } else if (within(pa, PLIC_PA, PLIC_BYTES)) {
    if (bytes != 4) return false;
    value = loadPlic(<u32>pa - PLIC_PA);
  } else if (within(pa, UART_PA, UART_BYTES)) {
    value = loadUart((<u32>pa - UART_PA) & (UART_REGISTERS - 1));
  } else if (within(pa, RTC_PA, PAGE)) {
    if (bytes != 4) return false;
    value = loadRtc(<u32>pa - RTC_PA);
  } else if (within(pa, PVPANIC_PA, PAGE)) {
    value = PVPANIC_EVENTS;
  } else if (!hart.sbi && within(pa, ACLINT_PA, ACLINT_BYTES)) {
    if (bytes < 4) return false;
    value = loadAclint(<u32>pa - ACLINT_PA, bytes);
  } else if (hart.sbi || !within(pa, FINISHER_PA, PAGE)) return false;
  hart.bounce = value;
  return true;
}

export function storeDevice(pa: u64, bytes: u32, value: u64): bool {
  if (within(pa, VIRTIO_PA, SLOTS_BYTES)) {
    const offset = <u32>pa - VIRTIO_PA;
    storeVirtio(offset / SLOT_BYTES, offset & (SLOT_BYTES - 1), bytes, value);
  } else if (within(pa, PLIC_PA, PLIC_BYTES)) {
    if (bytes != 4) return false;
    storePlic(<u32>pa - PLIC_PA, <u32>value);
  } else if (within(pa, UART_PA, UART_BYTES)) {
    storeUart((<u32>pa - UART_PA) & (UART_REGISTERS - 1), <u32>value & 0xff);
  } else if (within(pa, RTC_PA, PAGE)) {
    if (bytes != 4) return false;
    storeRtc(<u32>pa - RTC_PA, <u32>value);
  } else if (within(pa, PVPANIC_PA, PAGE)) {
    storePvpanic(<u32>value);
  } else if (!hart.sbi && within(pa, ACLINT_PA, ACLINT_BYTES)) {
    if (bytes < 4) return false;
    storeAclint(<u32>pa - ACLINT_PA, bytes, value);
  } else if (!hart.sbi && within(pa, FINISHER_PA, PAGE)) {
    storeFinisher(<u32>value);
  } else return false;
  return true;
}
