/*
 * Running an image on our core, as the host runs a guest: until it stops, with a reset where the guest asks for one.
 */

import { OP_BUDGET, OP_STOP, PASSAGE_P0, RAM_PTR, RESET_BARE, STOP_POWEROFF, STOP_REBOOT } from "../../assembly/abi.js";
import { Hart } from "../support/hart.js";
import { completed, type Piece } from "./image.js";
import { RAM_BYTES } from "./layout.js";

export interface Subject {
  readonly ram: Uint8Array;
  readonly hung: boolean;
  /** Instructions that were executed in compiled code. */
  readonly compiled: number;
}

const SLICE = 1 << 22;
/** Slices without a case being completed after which the run counts as hung. */
const PATIENCE = 8;

/** Our harts by threshold, kept from run to run. */
const harts = new Map<number, Hart>();

/**
 * Runs the image, compiling what was entered `threshold` times (0 = nothing), and returns RAM as it is at the end; `hung` when it came to none. The bytes are valid until the
 * next run with this threshold.
 */
export function runSubject(image: readonly Piece[], threshold: number): Subject {
  const hart = harts.get(threshold) ?? new Hart(RAM_BYTES, threshold);
  harts.set(threshold, hart);
  hart.reset();
  const ram = new Uint8Array(hart.view.buffer, RAM_PTR, RAM_BYTES);
  ram.fill(0);
  for (const { offset, bytes } of image) ram.set(bytes, offset);
  hart.core.hostWrote(RAM_PTR, RAM_BYTES);
  let compiled = 0;
  for (let idle = 0, done = 0; idle < PATIENCE; ) {
    const operation = hart.run(SLICE);
    if (operation === OP_STOP && hart.passage32(PASSAGE_P0) === STOP_REBOOT) {
      compiled += hart.compiled;
      hart.core.reset(RESET_BARE);
    } else if (operation === OP_STOP && hart.passage32(PASSAGE_P0) === STOP_POWEROFF)
      return { ram, hung: false, compiled: compiled + hart.compiled };
    else if (operation !== OP_BUDGET)
      throw new Error(`The core gave back operation ${operation} at pc ${hart.describe()}`);
    idle = completed(ram) === done ? idle + 1 : 0;
    done = completed(ram);
  }
  return { ram, hung: true, compiled: compiled + hart.compiled };
}
