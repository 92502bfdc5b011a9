/*
 * The library on Node: `import { Machine } from "colinux"`.
 *
 * Everything of host-js/common, with a `Machine.boot` that takes paths and needs no options at all.
 */

import type { Machine as CommonMachine } from "../common/index.js";
import { boot } from "./boot.js";

export * from "../common/index.js";
export type { BootOptions, Disk, DiskFile } from "./boot-options.js";
export type { OnDisk } from "./disk-names.js";
export { NodeEnvironment } from "./environment.js";
export { FileError, type FileErrorCode } from "./file-error.js";
export { FileStorage } from "./file-storage.js";

export type Machine = CommonMachine;
/** Boots machines on Node. */
export const Machine = {
  /** Boots a machine. Rejects with `FileError` when a file cannot be opened, with `ColinuxError` when it cannot be used. */
  boot,
};
