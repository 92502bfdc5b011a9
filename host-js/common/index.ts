/*
 * Everything of the library that is public and the same in every JavaScript runtime. `host-js/node` and `host-js/browser` export this and
 * add their ports.
 */

export type {
  DirectoryEntry,
  FileStat,
  GuestFiles,
  GuestFileType,
  ReadOptions,
  WatchEvent,
  WriteOptions,
} from "./agent/files.js";
export type { Waiting } from "./agent/link.js";
export type {
  ExecOptions,
  Exit,
  ExitByItself,
  ExitBySignal,
  GuestProcess,
  Outputs,
  ProcessOutput,
  TerminalSize,
} from "./agent/process.js";
export { DiskFiles } from "./boot/disk-files.js";
export { type CodeSymbol, readFunctions, readSymbols } from "./boot/symbols.js";
export { ColinuxError, type ErrorCode, GuestError } from "./errors.js";
export { Ext4 } from "./ext4/ext4.js";
export type { FileType } from "./ext4/inode.js";
export { probeUuid } from "./ext4/superblock.js";
export type { MachineConsole } from "./guest.js";
export { Machine } from "./machine.js";
export type { ModuleCounts } from "./modules.js";
export type { BareOptions, BootFile, MachineOptions, StopReason } from "./options.js";
export { type CommitProgress, commitOverlay } from "./overlay/commit.js";
export type { OverlayNames } from "./overlay/failure.js";
export { type BaseOrigin, createOverlay, OverlayStorage } from "./overlay/overlay.js";
export type { Environment, GrowingStorage, Storage } from "./ports.js";
export type { KernelReport } from "./report.js";
export type { GuestState, Sampler } from "./sampler.js";
export type { JitStatistics, MachineStatistics, Operation, TlbAccess, UnitExit } from "./statistics.js";
