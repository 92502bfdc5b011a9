/*
 * Machine.boot for Node: in a thread of its own, or in this one.
 */

import { unlessAborted } from "../common/abort-boot.js";
import { bootLocal } from "../common/boot-local.js";
import { ColinuxError, type Machine } from "../common/index.js";
import { bootHere } from "./boot-here.js";
import type { BootOptions } from "./boot-options.js";

/** Boots a machine. Rejects with `FileError` when a file cannot be opened, with `ColinuxError` when it cannot be used. */
export async function boot(options: BootOptions = {}): Promise<Machine> {
  const bound = (["environment", "sampler"] as const).find((name) => options[name] !== undefined);
  const { worker = bound === undefined } = options;
  if (worker && bound !== undefined) {
    const advice = "Leave `worker` out, or set it to false.";
    throw new ColinuxError("worker-option", `${bound} is used in the caller's thread and not in a worker. ${advice}`);
  }
  if (!worker) return bootHere(options, bootLocal);
  const { bootInWorker } = await import("./boot-in-worker.js");
  return unlessAborted(bootInWorker(options), options.signal);
}
