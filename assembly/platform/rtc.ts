/*
 * The real-time clock: goldfish RTC, nanoseconds since 1970 and an alarm [linux Documentation: google,goldfish-rtc; QEMU `virt`].
 *
 *     0x00 TIME_LOW (latches the high half)   0x04 TIME_HIGH        0x08 ALARM_LOW (arms)   0x0c ALARM_HIGH
 *     0x10 IRQ_ENABLED                        0x14 CLEAR_ALARM      0x18 ALARM_STATUS       0x1c CLEAR_INTERRUPT
 *
 * Wall time is the host's wall clock at tick 0 plus ticks, plus what the guest has set it off by.
 */

import { PASSAGE_PTR, PASSAGE_WALL, PLATFORM_PTR, RTC_IRQ } from "../abi";
import { NEVER, time } from "../world/time";
import { setLine } from "./plic";

const NS_PER_TICK: u64 = 100;

@unmanaged
class Rtc {
  /** Guest's wall time minus the host's. */
  offsetNs: u64; //    0
  alarmNs: u64; //     8
  /** Tick at which the alarm fires, NEVER while it is not armed. */
  alarmTick: u64; //   16
  timeHigh: u32; //    24  latched by a read of TIME_LOW
  setHigh: u32; //     28  latched by a write of TIME_HIGH
  irqEnabled: u32; //  32
  irqPending: u32; //  36
}

export const rtc: Rtc = changetype<Rtc>(PLATFORM_PTR + 0x320);

function hostNs(): u64 {
  return load<u64>(PASSAGE_PTR, PASSAGE_WALL) + time() * NS_PER_TICK;
}

export function loadRtc(offset: u32): u32 {
  switch (<i32>offset) {
    case 0x00: {
      const now = hostNs() + rtc.offsetNs;
      rtc.timeHigh = <u32>(now >> 32);
      return <u32>now;
    }
    case 0x04:
      return rtc.timeHigh;
    case 0x08:
      return <u32>rtc.alarmNs;
    case 0x0c:
      return <u32>(rtc.alarmNs >> 32);
    case 0x10:
      return rtc.irqEnabled;
    case 0x18:
      return rtc.alarmTick != NEVER ? 1 : 0;
    default:
      return 0;
  }
}

export function storeRtc(offset: u32, value: u32): void {
  switch (<i32>offset) {
    case 0x00:
      rtc.offsetNs = (((<u64>rtc.setHigh) << 32) | <u64>value) - hostNs();
      break;
    case 0x04:
      rtc.setHigh = value;
      break;
    case 0x08:
      rtc.alarmNs = (rtc.alarmNs & ~0xffff_ffff) | <u64>value;
      arm();
      break;
    case 0x0c:
      rtc.alarmNs = (rtc.alarmNs & 0xffff_ffff) | ((<u64>value) << 32);
      break;
    case 0x10:
      rtc.irqEnabled = value & 1;
      break;
    case 0x14:
      rtc.alarmTick = NEVER;
      break;
    case 0x1c:
      rtc.irqPending = 0;
      break;
  }
  updateLine();
}

function arm(): void {
  const distance = <i64>(rtc.alarmNs - rtc.offsetNs - hostNs());
  rtc.alarmTick = distance <= 0 ? time() : time() + <u64>distance / NS_PER_TICK + 1;
  checkAlarm();
}

/** Fires the alarm when its time has come; called between chunks, which end there. */
export function checkAlarm(): void {
  if (time() < rtc.alarmTick) return;
  rtc.alarmTick = NEVER;
  rtc.irqPending = 1;
  updateLine();
}

function updateLine(): void {
  setLine(RTC_IRQ, (rtc.irqPending & rtc.irqEnabled) != 0);
}
