/*
 * The configuration words of the original Cooperative Linux, and what they ask for.
 *
 *     kernel=FILE kernel=:cobd0 initrd=FILE mem=MIB cobdN=FILE[,overlay=FILE][,ro] hda1=FILE hda1=:cobd0 root=DEVICE cocon=COLUMNSxROWS @FILE
 *
 * Words are read from left to right and the last of a kind wins; `@FILE` is replaced by the words of that file, whose paths count from
 * the file's own folder. Every other word goes to the kernel's command line. Only text is looked at here: files are opened in boot.ts.
 */

import { dirname, resolve } from "node:path";
import { wordsOf } from "./config-file.js";
import { isOnDisk, type OnDisk } from "./disk-names.js";
import { UsageError } from "./usage-error.js";

export const DISKS_MAX = 32;
const MIB_MIN = 16;
const MIB_MAX = 3584;
const CONSOLE_MAX = 1000;
const FILES_DEEP_MAX = 8;

export interface DiskWord {
  /** The word that named the disk, for messages: `cobd0`, `hda1`. */
  readonly word: string;
  readonly path: string;
  readonly readOnly: boolean;
  /** Where what is written to the disk goes; `path` is only read then. */
  readonly overlay?: string;
  /** Whether what is written is thrown away in the end. */
  readonly snapshot?: boolean;
}

export interface Configuration {
  /** The path of a file, or the disk that holds it. */
  readonly kernel?: string | OnDisk;
  readonly initrd?: string | OnDisk;
  readonly memoryMib?: number;
  /** By number: `disks[n]` is cobdN. */
  readonly disks: ReadonlyArray<DiskWord | undefined>;
  /** Names that stand for a disk, with its number: `hda1` -> 0. */
  readonly aliases: ReadonlyMap<string, number>;
  /** As the user wrote it, without the quotes; a kernel on a disk has that disk for its root unless another is named. */
  readonly root?: string;
  readonly console?: { readonly columns: number; readonly rows: number };
  readonly kernelWords: readonly string[];
  /** Words of the original that mean a device which does not exist yet. They are left out. */
  readonly notYet: readonly string[];
}

/** Reads `words`. `readText` returns the text of an `@file` (absolute path) and may throw `UsageError`, as this function does. */
export function readConfiguration(
  words: readonly string[],
  readText: (path: string) => string,
  folder: string,
): Configuration {
  const reader = new Reader(readText);
  reader.readAll(words, folder, 0);
  return reader.finish();
}

type Asked = {
  -readonly [K in "kernel" | "initrd" | "memoryMib" | "root" | "console"]?: NonNullable<Configuration[K]>;
};

class Reader {
  private readonly asked: Asked = {};
  private readonly disks: (DiskWord | undefined)[] = [];
  private readonly aliasWords = new Map<string, DiskWord | number>();
  private readonly kernelWords: string[] = [];
  private readonly notYet: string[] = [];

  constructor(private readonly readText: (path: string) => string) {}

  readAll(words: readonly string[], folder: string, depth: number): void {
    for (const word of words) {
      if (word.startsWith("@")) this.readFile(word, folder, depth);
      else this.readWord(word, folder);
    }
  }

  private readFile(word: string, folder: string, depth: number): void {
    const name = word.slice(1);
    if (name === "") throw new UsageError(`"@": expected the name of a configuration file, as in @example.conf`);
    if (depth === FILES_DEEP_MAX) throw new UsageError(`${word}: configuration files name each other in a circle.`);
    const path = resolve(folder, name);
    this.readAll(wordsOf(this.readText(path), name), dirname(path), depth + 1);
  }

  private readWord(word: string, folder: string): void {
    const split = word.indexOf("=");
    const key = split < 0 ? word : word.slice(0, split);
    const value = split < 0 ? undefined : unquoted(word.slice(split + 1));
    const disk = /^cobd(\d+)$/.exec(key);
    if (disk) this.disks[diskNumber(key, disk[1]!)] = diskWord(key, value, folder);
    else if (isAlias(key) && value !== undefined) this.aliasWords.set(key, aliasTarget(key, value, folder));
    else if (key === "kernel" || key === "initrd") this.asked[key] = bootFile(key, value, folder);
    else if (key === "mem" && value !== undefined) this.asked.memoryMib = memoryMib(value);
    else if (key === "root" && value !== undefined)
      this.asked.root = needed(key, value, "a device, as in root=/dev/cobd0");
    else if (key === "cocon") this.asked.console = consoleSize(value ?? "");
    else if (isNotYet(key)) this.notYet.push(word);
    else if (word !== "") this.kernelWords.push(word);
  }

  /** Gives the aliases that named a file the first numbers that no `cobdN` took. */
  finish(): Configuration {
    const aliases = new Map<string, number>();
    for (const [alias, target] of this.aliasWords) {
      if (typeof target === "number") {
        this.checkDisk(alias, target);
        aliases.set(alias, target);
        continue;
      }
      let free = 0;
      while (this.disks[free]) free++;
      if (free >= DISKS_MAX) throw new UsageError(`${alias}=${target.path}: all ${DISKS_MAX} disks are taken.`);
      this.disks[free] = target;
      aliases.set(alias, free);
    }
    const { asked, disks, kernelWords, notYet } = this;
    for (const key of ["kernel", "initrd"] as const) {
      const file = asked[key];
      if (isOnDisk(file)) this.checkDisk(key, file.disk);
    }
    if (isOnDisk(asked.kernel)) asked.root ??= `/dev/cobd${asked.kernel.disk}`;
    return { ...asked, disks, aliases, kernelWords, notYet };
  }

  private checkDisk(key: string, number: number): void {
    if (!this.disks[number]) throw new UsageError(`${key}=:cobd${number}: there is no cobd${number}=FILE.`);
  }
}

function bootFile(key: string, value: string | undefined, folder: string): string | OnDisk {
  const text = needed(key, value, `a file, or a disk that holds it as in ${key}=:cobd0`);
  return text.startsWith(":") ? { disk: diskTarget(key, text) } : resolve(folder, text);
}

function unquoted(text: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  return quoted ? quoted[2]! : text;
}

function needed(key: string, value: string | undefined, what: string): string {
  if (value === undefined || value === "") throw new UsageError(`${key}=: nothing is given; expected ${what}.`);
  return value;
}

function diskNumber(key: string, digits: string): number {
  const number = Number(digits);
  if (number < DISKS_MAX) return number;
  throw new UsageError(`${key}: there are ${DISKS_MAX} disks at most, cobd0 to cobd${DISKS_MAX - 1}.`);
}

function diskWord(word: string, value: string | undefined, folder: string): DiskWord {
  const text = needed(word, value, `a disk image, as in ${word}=disk.img or ${word}=disk.img,ro`);
  const readOnly = text.endsWith(",ro");
  const [path, overlay] = (readOnly ? text.slice(0, -3) : text).split(/,overlay=(.*)$/s);
  const disk = { word, path: resolve(folder, path!), readOnly };
  if (overlay === undefined) return disk;
  const expected = `a disk image and the file for what is written to it, as in ${word}=disk.img,overlay=my.overlay`;
  if (path === "" || overlay === "") throw new UsageError(`${word}=${text}: a name is missing; expected ${expected}`);
  return { ...disk, overlay: resolve(folder, overlay) };
}

/** The original's disks carried the names that Linux knew then: hda1, sda, fd0. */
function isAlias(key: string): boolean {
  return /^(?:[hs]d[a-z]\d{0,2}|fd\d)$/.test(key);
}

function aliasTarget(alias: string, value: string, folder: string): DiskWord | number {
  if (!value.startsWith(":")) return diskWord(alias, value, folder);
  return diskTarget(alias, value);
}

/** The number in `:cobdN`. */
function diskTarget(key: string, value: string): number {
  const target = /^:cobd(\d+)$/.exec(value);
  if (target) return diskNumber(value.slice(1), target[1]!);
  throw new UsageError(`${key}=${value}: expected a file, or a disk by its number as in ${key}=:cobd0`);
}

function memoryMib(text: string): number {
  const expected = `expected ${MIB_MIN} to ${MIB_MAX} (MiB) or a size as in 512M or 1G.`;
  const parts = /^(\d+)\s*([mg]?)(?:i?b)?$/i.exec(text);
  if (!parts) throw new UsageError(`mem=${text}: this is not a memory size; ${expected}`);
  const mib = Number(parts[1]) * (parts[2]!.toLowerCase() === "g" ? 1024 : 1);
  if (mib < MIB_MIN) throw new UsageError(`mem=${text}: too little memory; ${expected}`);
  if (mib > MIB_MAX) throw new UsageError(`mem=${text}: too much memory; ${expected}`);
  return mib;
}

function consoleSize(text: string): { columns: number; rows: number } {
  const parts = /^(\d+)x(\d+)$/i.exec(text);
  const [columns, rows] = parts ? [Number(parts[1]), Number(parts[2])] : [0, 0];
  if (columns >= 1 && columns <= CONSOLE_MAX && rows >= 1 && rows <= CONSOLE_MAX) return { columns, rows };
  throw new UsageError(`cocon=${text}: expected COLUMNSxROWS, each from 1 to ${CONSOLE_MAX}, as in cocon=120x40`);
}

/** Network, host folders, serial lines, programs of the host, and what the original called scsi, pci, video and audio. */
function isNotYet(key: string): boolean {
  return /^(?:eth|cofs|ttys|exec|scsi|pci|video|audio)\d+$/.test(key) || key === "setcobd";
}
