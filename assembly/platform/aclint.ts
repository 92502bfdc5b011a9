/*
 * The ACLINT: machine timer and machine software interrupt of one hart, present in bare mode only [ACLINT 1.0, QEMU `virt`].
 *
 *     0x0000  msip, 32 bits        0x4000  mtimecmp, 64 bits        0xbff8  mtime, 64 bits
 *
 * mtime is the time CSR; it cannot be written.
 */

import { PLATFORM_PTR } from "../abi";
import { time } from "../world/time";

const MSIP: u32 = 0;
const MTIMECMP: u32 = 0x4000;
const MTIME: u32 = 0xbff8;

@unmanaged
class Aclint {
  mtimecmp: u64; // 0
  msip: u32; //     8
}

export const aclint: Aclint = changetype<Aclint>(PLATFORM_PTR + 0x300);
export const ACLINT_BYTES: u32 = 0x1_0000;

export function loadAclint(offset: u32, bytes: u32): u64 {
  let register: u64 = 0;
  if (offset == MSIP) register = aclint.msip;
  else if ((offset & ~7) == MTIMECMP) register = aclint.mtimecmp;
  else if ((offset & ~7) == MTIME) register = time();
  return bytes == 4 && offset & 4 ? register >> 32 : register;
}

export function storeAclint(offset: u32, bytes: u32, value: u64): void {
  if (offset == MSIP) aclint.msip = <u32>value & 1;
  else if (offset == MTIMECMP && bytes == 8) aclint.mtimecmp = value;
  else if (offset == MTIMECMP) aclint.mtimecmp = (aclint.mtimecmp & ~0xffff_ffff) | (value & 0xffff_ffff);
  else if (offset == MTIMECMP + 4) aclint.mtimecmp = (aclint.mtimecmp & 0xffff_ffff) | (value << 32);
}
