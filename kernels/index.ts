/*
 * What the rest of colinux sees of `kernels/`: the guest's kernel and the initramfs of the embedded guest, found in the
 * cache or built, and what an npm package says of them. `find...` only look and are quick; `ensure...` take as long as it takes, tell of it through `Progress`,
 * reject with a `Failure` in foreseeable cases, and may run at the same time, in one process or several.
 */

export { locked } from "./cache.js";
export { type DownloadOptions, download, type PackageFile } from "./debian/download.js";
export { explain, Failure, type FailureCode } from "./failure.js";
export { type Handover, type HandoverOptions, installerInitramfs, makeHandover } from "./image/handover.js";
export { DEFAULT_SUITE } from "./image/packages.js";
export { ensureKernel, findKernel, type Kernel } from "./linux/kernel.js";
export { type GuestDescription, packGuest } from "./package/guest.js";
export { guestPackages, type Origin, originsOf, type SourcePackage, sourcesOf } from "./package/origins.js";
export { fetchSources } from "./package/sources.js";
export { type Board, type Progress, ProgressBoard, silent } from "./progress.js";
export { ensureInitramfs, findInitramfs, type Initramfs } from "./rootfs/initramfs.js";
