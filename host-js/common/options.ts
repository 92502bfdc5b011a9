/*
 * What `Machine.boot` takes. The command line, the page and every test go through these types, so they are the reference of what a
 * machine can be made of.
 */

import type { Environment, Storage } from "./ports.js";
import type { KernelReport } from "./report.js";
import type { Sampler } from "./sampler.js";

/** A file to boot from: its bytes, or a function that is asked for them at each boot and reboot; undefined = there is no such file. */
export type BootFile = Uint8Array | (() => Promise<Uint8Array | undefined>);

/** What a machine is made of. */
export interface MachineOptions {
  /** Where the machine runs; `host-js/node` and `host-js/browser` supply it and the core. */
  readonly environment: Environment;
  /** The core, compiled. Shared by any number of machines. */
  readonly core: WebAssembly.Module;
  /** Linux `Image` (raw, gzip or zstd compressed) or a RISC-V ELF file. Needed unless `bare` is given. */
  readonly kernel?: BootFile;
  /** Starts a program on the naked board instead of a kernel over the built-in SBI. */
  readonly bare?: BareOptions;
  /** Initial RAM filesystem: cpio archive, raw or compressed with gzip or zstd (unpacked here, so that the guest need not). */
  readonly initrd?: BootFile;
  /** The kernel's command line. */
  readonly commandLine?: string;
  /** Guest RAM in bytes, a multiple of 1 MiB from 16 MiB to 3584 MiB. Default 256 MiB. */
  readonly ramBytes?: number;
  /** Disks by number: `disks[n]` is the guest's cobdN. At most 32. Closed by the machine when it stops, not by a boot that fails. */
  readonly disks?: ReadonlyArray<Storage | undefined>;
  /** First size of the console in characters. Default 80 x 24. */
  readonly console?: {
    /** Characters in a line. */
    readonly columns: number;
    /** Lines. */
    readonly rows: number;
  };
  /** Whether a reboot of the guest ends the machine (`rebooted`) instead of starting its kernel again. Default false. */
  readonly noReboot?: boolean;
  /** How often code is entered before it is compiled, 1 to 32766; 0 = never, everything is interpreted. Default 2000. */
  readonly jitThreshold?: number;
  /** Looks at the guest while it runs, as a profiler does; it must be quick. */
  readonly sampler?: Sampler;
  /** Told each time that the guest's agent is there: after the boot, and after each reboot. */
  readonly onReady?: () => void;
  /** Ends the boot with `aborted`; a machine that has booted is not touched. */
  readonly signal?: AbortSignal | undefined;
  /** Told what the user should know beside the console: a disk that fails, a line that the core traces. */
  readonly report?: (message: string) => void;
}

/**
 * The naked board: a program starts in M-mode with a0 = 0, a1 = device tree, a2 = fw_dynamic_info, as on QEMU's `virt` with `-bios`. `kernel`
 * is then put at 0x8020_0000 for it, an ELF file where its headers say.
 */
export interface BareOptions {
  /** ELF file, started at its entry, or raw image, put and started at 0x8000_0000. An ELF file's symbol `tohost` is served [HTIF]. */
  readonly image: Uint8Array;
  /** Ends the machine after so many instructions. Default: never. */
  readonly maxInsns?: number;
}

/** Why a machine stopped. */
export type StopReason =
  | {
      /** The guest switched itself off. */
      readonly kind: "poweroff";
    }
  | {
      /** The guest stopped without switching off. */
      readonly kind: "halt";
    }
  | {
      /** The guest asked to be started again, and `noReboot` was set. */
      readonly kind: "reboot";
    }
  | {
      /** The guest's kernel gave up, or found an error in itself. */
      readonly kind: "panic";
      /** In the kernel's words. */
      readonly message: string;
      /** What the kernel that comes with colinux told besides; an oops, after which it shut down in order, is one of these, too. */
      readonly report?: KernelReport;
    }
  | {
      /** A bare program ended itself through the test finisher or HTIF. */
      readonly kind: "exit";
      /** What it ended with; 0 is success. */
      readonly code: number;
    }
  | {
      /** A bare program used up its `maxInsns`. */
      readonly kind: "limit";
    }
  | {
      /** `kill` was called. */
      readonly kind: "killed";
    }
  | {
      /** A fault of ours. */
      readonly kind: "fault";
      /** What went wrong. */
      readonly message: string;
      /** Where, when it arose in the host. */
      readonly stack?: string;
    };
