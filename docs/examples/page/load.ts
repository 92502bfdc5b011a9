/*
 * How busy the guest is, once a second while somebody looks.
 */

import type { Machine, MachineStatistics } from "colinux/browser";

const EVERY_MS = 1000;

export function watchLoad(machine: () => Machine | undefined): void {
  const shown = document.querySelector<HTMLElement>("#load")!;
  let of: Machine | undefined;
  let last: MachineStatistics | undefined;
  setInterval(async () => {
    if (document.hidden) return;
    const present = machine();
    const now = await present?.statistics().catch(() => undefined);
    shown.textContent = now && last && of === present ? text(last, now) : "";
    last = now;
    of = present;
  }, EVERY_MS);
}

function text(last: MachineStatistics, now: MachineStatistics): string {
  const ms = now.wallMs - last.wallMs;
  // A reboot of the guest began to count anew.
  if (ms <= 0) return "";
  const busy = Math.min(100, Math.round((100 * (now.runMs - last.runMs)) / ms));
  const mips = Math.round((now.retiredInsns - last.retiredInsns) / ms / 1e3);
  return `${busy} % busy, ${mips} MIPS`;
}
