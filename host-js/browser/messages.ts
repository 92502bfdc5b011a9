/*
 * What page and Worker say to each other about one machine.
 *
 *     page                                         Worker
 *      boot ------------------------------------>
 *           <------------------- booted | refused
 *      input (bytes) --------------------------->    the console's two streams: who sends may have CREDIT_BYTES on the way,
 *           <------------------ inputTaken (count)   and gets that much credit back as the other side has used what came
 *           <---------------------- output (bytes)
 *      outputTaken (count) --------------------->
 *      resize, kill ---------------------------->
 *           <----------------- outputEnded, stopped
 */

import type { ErrorCode, MachineOptions, StopReason } from "../common/index.js";

export const CREDIT_BYTES = 256 << 10;

/** Of `MachineOptions` what can be sent; ports are made in the Worker. */
export interface WorkerBootOptions extends Omit<MachineOptions, "environment" | "disks" | "sampler"> {
  readonly kernel?: Uint8Array;
  readonly initrd?: Uint8Array;
}

export type ToWorker =
  | { readonly kind: "boot"; readonly options: WorkerBootOptions }
  | { readonly kind: "input"; readonly bytes: Uint8Array }
  | { readonly kind: "outputTaken"; readonly count: number }
  | { readonly kind: "resize"; readonly columns: number; readonly rows: number }
  | { readonly kind: "kill" };

export type FromWorker =
  | { readonly kind: "booted" }
  | { readonly kind: "refused"; readonly code?: ErrorCode; readonly message: string }
  | { readonly kind: "inputTaken"; readonly count: number }
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  | { readonly kind: "outputEnded" }
  | { readonly kind: "stopped"; readonly reason: StopReason };
