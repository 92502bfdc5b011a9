/*
 * What an image must hold after a power failure, by what the guest had said before it, and whether it does.
 *
 * An operation is done when its worker has announced the next one. Of those that are not, a worker can have begun two: the one that it
 * announced last, and one more that the host had not heard of yet, since an operation has a flush in it and no flush comes back before
 * the host has listened.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Announcement } from "./load.js";

const SECTOR_BYTES = 512;
const BLOCK_BYTES = 4096;
const BEGUN_MAX = 2;

/** A file's content by the operation that wrote it. */
interface Version {
  readonly operation: number;
  readonly bytes: number;
  /** Where a truncation begins that may have got only so far as to clear the rest of its block: size and data are not one step in ext4. */
  readonly clearedFrom?: number;
}

/** `must` says whether the file has to be there, the rest what it may be if it is. */
type Promised =
  | { readonly kind: "whole"; must: boolean; versions: Version[] }
  | { readonly kind: "appended"; must: boolean; records: Version[]; durableBytes: number }
  | { readonly kind: "overwritten"; must: boolean; blocks: number[][] }
  /** Created by an operation that was not done. */
  | { readonly kind: "anything"; must: false };

export interface Verdict {
  /** How many files had to be there and were looked at. */
  readonly files: number;
  readonly faults: readonly string[];
}

/** Compares the files of one worker in `folder` with what it had announced until `moment`. */
export function verify(folder: string, seed: number, announcements: readonly Announcement[], moment: number): Verdict {
  const promised = promisesAt(announcements, moment);
  const worker = announcements[0]!.worker;
  const faults: string[] = [];
  let files = 0;
  for (const [name, promise] of promised) {
    const path = join(folder, name);
    if (promise.must) files++;
    if (!existsSync(path)) {
      if (promise.must) faults.push(`w${worker}/${name} is gone`);
      continue;
    }
    const content = readFileSync(path);
    const wrong = wrongIn(content, promise, seed, worker);
    if (wrong !== undefined) faults.push(`w${worker}/${name} ${wrong}`);
  }
  for (const name of filesIn(folder)) {
    // Temporary files of replacements come and go without a promise.
    if (!promised.has(name) && !name.startsWith("t")) faults.push(`w${worker}/${name} came back`);
  }
  return { files, faults };
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(folder, entry.name)).map((name) => `${entry.name}/${name}`) : [entry.name],
  );
}

function promisesAt(announcements: readonly Announcement[], moment: number): Map<string, Promised> {
  const promised = new Map<string, Promised>();
  const done = announcements.findLastIndex(({ heard }) => heard <= moment);
  announcements.slice(0, Math.max(done, 0)).forEach((operation) => {
    keep(promised, operation);
  });
  announcements.slice(Math.max(done, 0), Math.max(done, 0) + BEGUN_MAX).forEach((operation) => {
    allow(promised, operation);
  });
  return promised;
}

/** The operation is done, and what it did must last. */
function keep(promised: Map<string, Promised>, { kind, name, operation, bytes }: Announcement): void {
  const before = promised.get(name);
  const version = { operation, bytes };
  switch (kind) {
    case "create":
      if (name === "o") {
        const blocks = Array.from({ length: bytes / BLOCK_BYTES }, () => [operation]);
        promised.set(name, { kind: "overwritten", must: true, blocks });
        break;
      }
      promised.set(name, { kind: "whole", must: true, versions: [version] });
      break;
    case "replace":
      promised.set(name, { kind: "whole", must: true, versions: [version] });
      break;
    case "rename":
      if (before?.kind === "whole") before.versions.push(version);
      else promised.set(name, { kind: "whole", must: false, versions: [version] });
      break;
    case "truncate":
      if (before?.kind === "whole") before.versions = [{ operation: before.versions[0]!.operation, bytes }];
      break;
    case "delete":
      promised.delete(name);
      break;
    case "append":
      if (before?.kind === "appended") {
        before.records.push(version);
        before.durableBytes += bytes;
      } else {
        promised.set(name, { kind: "appended", must: true, records: [version], durableBytes: bytes });
      }
      break;
    case "overwrite":
      if (before?.kind === "overwritten") before.blocks[bytes / BLOCK_BYTES] = [operation];
      break;
    case "folder":
      promised.set(`${name}/f`, { kind: "whole", must: true, versions: [version] });
      break;
    case "remove":
      promised.delete(`${name}/f`);
      break;
    default:
      throw new Error(`The guest announced ${kind} ${name}`);
  }
}

/** The operation may have begun: what was may be there yet, or what it makes of it. */
function allow(promised: Map<string, Promised>, { kind, name, operation, bytes }: Announcement): void {
  const before = promised.get(name);
  const version = { operation, bytes };
  switch (kind) {
    case "create":
      promised.set(name, { kind: "anything", must: false });
      break;
    case "replace":
    case "rename":
      if (before?.kind === "whole") before.versions.push(version);
      else promised.set(name, { kind: "whole", must: false, versions: [version] });
      break;
    case "truncate":
      if (before?.kind === "whole") {
        const [whole] = before.versions as [Version];
        before.versions.push({ ...whole, bytes }, { ...whole, clearedFrom: bytes });
      }
      break;
    case "delete":
      if (before) before.must = false;
      break;
    case "append":
      if (before?.kind === "appended") before.records.push(version);
      else promised.set(name, { kind: "appended", must: false, records: [version], durableBytes: 0 });
      break;
    case "overwrite":
      if (before?.kind === "overwritten") before.blocks[bytes / BLOCK_BYTES]!.push(operation);
      break;
    case "folder":
      promised.set(`${name}/f`, { kind: "anything", must: false });
      break;
    case "remove": {
      const inner = promised.get(`${name}/f`);
      if (inner) inner.must = false;
      break;
    }
  }
}

/** What is wrong with a file's content; undefined when it is as promised. */
function wrongIn(content: Buffer, promise: Promised, seed: number, worker: number): string | undefined {
  const made = ({ operation, bytes }: Version) => contentOf(seed, worker, operation, bytes);
  switch (promise.kind) {
    case "anything":
      return undefined;
    case "whole":
      if (promise.versions.some((version) => isVersion(content, version, made))) return undefined;
      return `of ${content.length} bytes is none of ${JSON.stringify(promise.versions)}`;
    case "appended": {
      const all = Buffer.concat(promise.records.map(made));
      if (content.length < promise.durableBytes) return `has ${content.length} of ${promise.durableBytes} bytes`;
      if (content.length > all.length)
        return `has ${content.length} bytes, and no more than ${all.length} were written`;
      // Behind what was to last, the block that was there before may have grown without what goes into it [ext4: delayed allocation].
      const cleared = Buffer.from(all).fill(0, promise.durableBytes);
      const choices = [all, cleared].map((choice) => choice.subarray(0, content.length));
      return isMadeOf(content, choices) ? undefined : "holds something else than was appended";
    }
    case "overwritten": {
      if (content.length !== promise.blocks.length * BLOCK_BYTES) return `has ${content.length} bytes`;
      const strange = promise.blocks.findIndex((operations, block) => {
        // The first operation wrote the whole file, any other began its content with the block.
        const choices = operations.map((operation) =>
          contentOf(seed, worker, operation, operation === 1 ? content.length : BLOCK_BYTES).subarray(
            operation === 1 ? block * BLOCK_BYTES : 0,
          ),
        );
        return !isMadeOf(content.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES), choices);
      });
      return strange === -1 ? undefined : `has a block ${strange} that is none of ${promise.blocks[strange]}`;
    }
  }
}

function isVersion(content: Buffer, version: Version, made: (version: Version) => Buffer): boolean {
  const whole = made(version);
  if (version.clearedFrom === undefined || content.length !== whole.length) return content.equals(whole);
  const behind = Math.ceil(version.clearedFrom / BLOCK_BYTES) * BLOCK_BYTES;
  return isMadeOf(content, [whole, Buffer.from(whole).fill(0, version.clearedFrom, Math.min(behind, whole.length))]);
}

/** Whether each sector is that of one of the choices: overwriting is not atomic beyond a sector. */
function isMadeOf(content: Buffer, choices: readonly Buffer[]): boolean {
  for (let at = 0; at < content.length; at += SECTOR_BYTES) {
    const sector = content.subarray(at, at + SECTOR_BYTES);
    if (!choices.some((choice) => sector.equals(choice.subarray(at, at + SECTOR_BYTES)))) return false;
  }
  return true;
}

const contents = new Map<string, Buffer>();

/** What guest/load.c writes in an operation. */
function contentOf(seed: number, worker: number, operation: number, bytes: number): Buffer {
  const key = `${seed} ${worker} ${operation}`;
  let content = contents.get(key);
  if (content === undefined || content.length < bytes) {
    content = generated(mixed(mixed(mixed(seed) + worker) + operation), bytes);
    contents.set(key, content);
  }
  return content.subarray(0, bytes);
}

function generated(base: number, bytes: number): Buffer {
  const sectors = Math.ceil(bytes / SECTOR_BYTES);
  const words = new Uint32Array((sectors * SECTOR_BYTES) / 4);
  for (let sector = 0, at = 0; sector < sectors; sector++) {
    let word = mixed(base + sector);
    for (let i = 0; i < SECTOR_BYTES / 4; i++) {
      words[at++] = word;
      word = Math.imul(word, 1664525) + 1013904223;
    }
  }
  return Buffer.from(words.buffer);
}

function mixed(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
