/*
 * What Machine.boot takes on Node.
 */

import type { MachineOptions, Storage } from "../common/index.js";
import type { OnDisk } from "./disk-names.js";

/** A disk: an open storage, or the path of an image. */
export type Disk = Storage | string | DiskFile;

/** A disk image, and how it is used. */
export interface DiskFile {
  /** The disk image. */
  readonly path: string;
  /** Whether the guest may only read. Default false. */
  readonly readOnly?: boolean;
  /** What the guest writes goes into this file, made when it is missing; the image is only read, and may have any number of overlays. */
  readonly overlay?: string | undefined;
  /** What the guest writes is thrown away in the end; image and overlay are only read. Default false. */
  readonly snapshot?: boolean | undefined;
}

/** `MachineOptions` with paths where it wants bytes, and defaults for all of it. */
export interface BootOptions
  extends Partial<Omit<MachineOptions, "kernel" | "initrd" | "bare" | "disks" | "commandLine">> {
  /**
   * A file, its bytes, or the disk that holds it (read anew at each reboot). Default: the kernel that comes with colinux, or, if that was
   * not built, the one on the disk of `root`.
   */
  readonly kernel?: string | Uint8Array | OnDisk;
  /**
   * A file, its bytes, or the disk that holds it; false for none. Default: the one beside the kernel when that is on a disk; else the small
   * system that comes with colinux, unless `root` is given.
   */
  readonly initrd?: string | Uint8Array | OnDisk | false;
  /** A program for the naked board, by its file or its bytes; see BareOptions. There is no default kernel or initrd beside it. */
  readonly bare?: {
    /** The program's file or its bytes: ELF or a raw image. */
    readonly image: string | Uint8Array;
    /** Ends the machine after so many instructions. Default: never. */
    readonly maxInsns?: number;
  };
  /** By number: `disks[n]` is the guest's cobdN. Images named by a path are locked while the machine runs. */
  readonly disks?: ReadonlyArray<Disk | undefined>;
  /** The root filesystem: a disk, or a device in the kernel's words, as in `/dev/vda`. */
  readonly root?: string | OnDisk;
  /** Further words for the kernel's command line. */
  readonly kernelWords?: readonly string[];
  /**
   * Whether the guest runs in a thread of its own (worker_threads), so that the caller's event loop stays the caller's. Default true, unless
   * `environment` or `sampler` is given, which stay in this thread.
   */
  readonly worker?: boolean;
}
