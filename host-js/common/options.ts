/*
 * What `Machine.boot` takes. The command line, the page and every test go through these types, so they are the reference of what a
 * machine can be made of.
 */

import type { Environment, Storage } from "./ports.js";

export interface MachineOptions {
  /** Where the machine runs; `host-js/node` and `host-js/browser` supply it and the core. */
  readonly environment: Environment;
  /** The core, compiled. Shared by any number of machines. */
  readonly core: WebAssembly.Module;
  /** Linux `Image` (raw, gzip or zstd compressed) or a RISC-V ELF file. */
  readonly kernel: Uint8Array;
  /** Initial RAM filesystem: cpio archive, raw or compressed with gzip or zstd (unpacked here, so that the guest need not). */
  readonly initrd?: Uint8Array;
  /** The kernel's command line. */
  readonly commandLine?: string;
  /** Guest RAM in bytes, a multiple of 1 MiB from 16 MiB to 3584 MiB. Default 256 MiB. */
  readonly ramBytes?: number;
  /** Disks by number: `disks[n]` is the guest's cobdN. At most 32. Closed by the machine when it stops, not by a boot that fails. */
  readonly disks?: ReadonlyArray<Storage | undefined>;
  /** First size of the console in characters. Default 80 x 24. */
  readonly console?: { readonly columns: number; readonly rows: number };
  /** Whether a reboot of the guest ends the machine (`rebooted`) instead of starting its kernel again. Default false. */
  readonly noReboot?: boolean;
  /** Told what the user should know beside the console: a disk that fails, a line that the core traces, where in our code a fault arose. */
  readonly report?: (message: string) => void;
}

/** Why a machine stopped. */
export type StopReason =
  | { readonly kind: "poweroff" }
  | { readonly kind: "halt" }
  | { readonly kind: "reboot" }
  | { readonly kind: "panic"; readonly message: string }
  | { readonly kind: "killed" }
  | { readonly kind: "fault"; readonly message: string };
