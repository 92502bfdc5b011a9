/*
 * Writes a cpio archive in the "newc" format, which is what the kernel unpacks as its initramfs
 * [linux Documentation/driver-api/early-userspace/buffer-format.rst].
 *
 * Everything belongs to root and dates from 1970; entries are sorted and a directory stands before what it holds, so the
 * same input is the same archive on any machine, made by any user. Each entry is
 *
 *     "070701", then 13 numbers of 8 hex digits:
 *       ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
 *     name and a NUL, padded to 4 bytes
 *     data, padded to 4 bytes
 *
 * and an entry named TRAILER!!! ends the archive.
 */

const S_IFCHR = 0o020000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

/** What one path of the archive is. Paths have no leading slash; parents must be entries too. */
export type CpioEntry =
  | { readonly path: string; readonly kind: "directory"; readonly mode: number }
  | { readonly path: string; readonly kind: "file"; readonly mode: number; readonly data: Uint8Array }
  | { readonly path: string; readonly kind: "link"; readonly target: string }
  | {
      readonly path: string;
      readonly kind: "device";
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

/** The archive that holds `entries`. Throws when a path is given twice or lacks its parent. */
export function writeCpio(entries: Iterable<CpioEntry>): Uint8Array {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const directories = new Set<string>([""]);
  const chunks: Uint8Array[] = [];
  let previous = "";
  let ino = 0;
  for (const entry of sorted) {
    const { path } = entry;
    if (path === "" || path.startsWith("/")) throw new Error(`cpio: "${path}" is not a relative path`);
    if (path === previous) throw new Error(`cpio: "${path}" is given twice`);
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (!directories.has(parent)) throw new Error(`cpio: "${path}" lacks its parent directory`);
    if (entry.kind === "directory") directories.add(path);
    chunks.push(...encode(entry, ++ino));
    previous = path;
  }
  chunks.push(...record("TRAILER!!!", { mode: 0, ino: 0, nlink: 1, major: 0, minor: 0 }, new Uint8Array(0)));
  return Buffer.concat(chunks);
}

function encode(entry: CpioEntry, ino: number): Uint8Array[] {
  const none = new Uint8Array(0);
  const plain = { ino, nlink: 1, major: 0, minor: 0 };
  switch (entry.kind) {
    case "directory":
      return record(entry.path, { ...plain, nlink: 2, mode: S_IFDIR | entry.mode }, none);
    case "file":
      return record(entry.path, { ...plain, mode: S_IFREG | entry.mode }, entry.data);
    case "link":
      return record(entry.path, { ...plain, mode: S_IFLNK | 0o777 }, Buffer.from(entry.target));
    case "device":
      return record(entry.path, { ...plain, mode: S_IFCHR | entry.mode, major: entry.major, minor: entry.minor }, none);
  }
}

interface Inode {
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly major: number;
  readonly minor: number;
}

function record(path: string, inode: Inode, data: Uint8Array): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const { ino, mode, nlink, major, minor } = inode;
  const numbers = [ino, mode, 0, 0, nlink, 0, data.length, 0, 0, major, minor, name.length, 0];
  const header = Buffer.from(`070701${numbers.map((n) => n.toString(16).padStart(8, "0")).join("")}`);
  return [header, name, padding(header.length + name.length), data, padding(data.length)];
}

/** The zero bytes that take `bytes` to a multiple of four. */
function padding(bytes: number): Uint8Array {
  return new Uint8Array(-bytes & 3);
}
