/*
 * The guest's files. Each request has a connection of its own and is served by a process of its own in the guest; content comes and goes in
 * frames, so that one that was cut off is noticed. Paths are the guest's; relative ones begin at its root.
 */

import { ColinuxError, GuestError } from "../errors.js";
import type { Duplex } from "../ports.js";
import { type AgentLink, aborted, type Waiting } from "./link.js";
import { errnoName } from "./numbers.js";
import { collect } from "./process.js";
import { PROTOCOL } from "./protocol.js";
import { Fields, type Frame, FrameReader, lost, nonsense, Payload, send, text } from "./wire.js";

const {
  FRAME_BYTES_MAX,
  REQUEST_READ,
  REQUEST_WRITE,
  REQUEST_STAT,
  REQUEST_LIST,
  REQUEST_MKDIR,
  REQUEST_REMOVE,
  REQUEST_RENAME,
  REQUEST_SYMLINK,
  REQUEST_READLINK,
  REQUEST_CHMOD,
  REQUEST_WATCH,
  DATA,
  END,
  RESULT,
  ENTRIES,
  EVENT,
  WRITE_CREATE,
  WRITE_TRUNCATE,
  WRITE_APPEND,
  WRITE_EXCLUSIVE,
  MKDIR_RECURSIVE,
  REMOVE_RECURSIVE,
  REMOVE_FORCE,
} = PROTOCOL;

/** What a name in the guest can stand for. */
export type GuestFileType = "file" | "directory" | "symlink" | "fifo" | "socket" | "block" | "character" | "unknown";

/** What stat(2) tells of a file. */
export interface FileStat {
  /** What it is. */
  readonly type: GuestFileType;
  /** Permission bits. */
  readonly mode: number;
  /** How many names it has. */
  readonly links: number;
  /** Number of the user who owns it. */
  readonly uid: number;
  /** Number of its group. */
  readonly gid: number;
  /** In bytes. */
  readonly size: number;
  /** Its number in its file system. */
  readonly inode: number;
  /** Number of that file system, as st_dev has it. */
  readonly device: number;
  /** When it was last read: milliseconds since 1970, with a fraction, as the next two. */
  readonly accessedMs: number;
  /** When its content last changed. */
  readonly modifiedMs: number;
  /** When its content or what is told here last changed. */
  readonly changedMs: number;
}

/** What is in a directory. */
export interface DirectoryEntry {
  /** Without a path. */
  readonly name: string;
  /** What it is; a link is not followed. */
  readonly type: GuestFileType;
}

/** How a file is read. */
export interface ReadOptions extends Waiting {
  /** Where to begin, in bytes. Default 0. */
  readonly offset?: number;
  /** How many bytes at most. Default: to the end. */
  readonly length?: number;
}

/** How a file is written. */
export interface WriteOptions extends Waiting {
  /** "replace" what is there, "append" to it, or "create" and fail with EEXIST when there is something. Default "replace". */
  readonly how?: "replace" | "append" | "create";
  /** Permission bits of a new file. Default 0o644. */
  readonly mode?: number;
}

/** What happened to what is watched. */
export interface WatchEvent {
  /** As inotify(7) tells it; "overflow": some events were lost. */
  readonly type:
    | "create"
    | "delete"
    | "modify"
    | "close-write"
    | "attributes"
    | "move-from"
    | "move-to"
    | "gone"
    | "overflow";
  /** In the watched directory; "" for what is watched itself. */
  readonly name: string;
  /** The same in a move-from and its move-to; else 0. */
  readonly cookie: number;
}

/** File types by DT_* [readdir(3)], which are the upper bits of a mode. */
const TYPES: Readonly<Record<number, GuestFileType>> = {
  1: "fifo",
  2: "character",
  4: "directory",
  6: "block",
  8: "file",
  10: "symlink",
  12: "socket",
};

/** Events by the bits of inotify [inotify(7)]. */
const EVENTS: ReadonlyArray<readonly [mask: number, type: WatchEvent["type"]]> = [
  [0x2, "modify"],
  [0x4, "attributes"],
  [0x8, "close-write"],
  [0x40, "move-from"],
  [0x80, "move-to"],
  [0x100, "create"],
  [0x200, "delete"],
  [0x400, "gone"],
  [0x800, "gone"],
  [0x4000, "overflow"],
];

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
const EVERYTHING = Number.MAX_SAFE_INTEGER;

/** Every method rejects with `guest-file` and an `errno`, with `agent-missing`, `agent-version`, `agent-lost` or `aborted`. */
export class GuestFiles {
  readonly #link: AgentLink;

  constructor(link: AgentLink) {
    this.#link = link;
  }

  /** All of a file. */
  async readFile(path: string, options: ReadOptions = {}): Promise<Uint8Array> {
    return collect(await this.readStream(path, options));
  }

  /** A file piece by piece; the first is asked for at once, so that what cannot be opened rejects here. */
  async readStream(path: string, options: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { offset = 0, length = EVERYTHING } = options;
    const request = new Payload().string(path).u64(offset).u64(length).frame(REQUEST_READ);
    const asked = await this.#ask(`read ${path}`, request, options);
    let first: Frame | undefined = await asked.next();
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const frame = first ?? (await asked.next());
          first = undefined;
          if (frame.kind === DATA) controller.enqueue(frame.payload);
          else if (frame.kind === RESULT) {
            asked.close();
            controller.close();
          } else throw asked.refuse();
        },
        cancel: () => asked.close(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Writes a whole file; returns when it is written and closed in the guest. */
  async writeFile(path: string, data: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    const stream = await this.writeStream(path, options);
    const writer = stream.getWriter();
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const written = writer.write(bytes);
    // The end is what tells of both.
    written.catch(() => undefined);
    await writer.close();
  }

  /** A file to be written piece by piece. Closing returns when all is written and the file closed; aborting leaves what was written. */
  async writeStream(path: string, options: WriteOptions = {}): Promise<WritableStream<Uint8Array>> {
    const { how = "replace", mode = FILE_MODE } = options;
    const flags = { replace: WRITE_TRUNCATE, append: WRITE_APPEND, create: WRITE_EXCLUSIVE }[how] | WRITE_CREATE;
    const request = new Payload().string(path).u32(flags).u32(mode).frame(REQUEST_WRITE);
    const asked = await this.#ask(`write ${path}`, request, options);
    return new WritableStream<Uint8Array>({
      async write(chunk) {
        for (let at = 0; at < chunk.length; at += FRAME_BYTES_MAX) {
          await asked.say(new Payload().bytes(chunk.subarray(at, at + FRAME_BYTES_MAX)).frame(DATA));
        }
      },
      async close() {
        await asked.say(new Payload().frame(END));
        await asked.result();
      },
      abort: () => asked.close(),
    });
  }

  /** What a path leads to; `lstat` does not follow a link at its end. */
  stat(path: string, options: Waiting = {}): Promise<FileStat> {
    return this.#stat(path, true, options);
  }

  /** What a path names, be it a link. */
  lstat(path: string, options: Waiting = {}): Promise<FileStat> {
    return this.#stat(path, false, options);
  }

  /** What is in a directory, in no order, without `.` and `..`. */
  async readdir(path: string, options: Waiting = {}): Promise<DirectoryEntry[]> {
    const asked = await this.#ask(`list ${path}`, new Payload().string(path).frame(REQUEST_LIST), options);
    const entries: DirectoryEntry[] = [];
    for (let frame = await asked.next(); frame.kind !== RESULT; frame = await asked.next()) {
      if (frame.kind !== ENTRIES) throw asked.refuse();
      const fields = new Fields(frame.payload);
      while (fields.left > 0) {
        const type = TYPES[fields.u32()] ?? "unknown";
        entries.push({ name: fields.string(), type });
      }
    }
    asked.close();
    return entries;
  }

  /** With `recursive`, parents are made, too, and a directory that is there is no error. Default mode 0o755. */
  async mkdir(
    path: string,
    options: Waiting & { readonly recursive?: boolean; readonly mode?: number } = {},
  ): Promise<void> {
    const { recursive = false, mode = DIRECTORY_MODE } = options;
    const payload = new Payload()
      .string(path)
      .u32(recursive ? MKDIR_RECURSIVE : 0)
      .u32(mode);
    await this.#do(`make the directory ${path}`, payload.frame(REQUEST_MKDIR), options);
  }

  /** Removes a file; with `recursive`, also a directory and all in it; with `force`, what is not there is no error. */
  async rm(
    path: string,
    options: Waiting & { readonly recursive?: boolean; readonly force?: boolean } = {},
  ): Promise<void> {
    const flags = (options.recursive ? REMOVE_RECURSIVE : 0) | (options.force ? REMOVE_FORCE : 0);
    await this.#do(`remove ${path}`, new Payload().string(path).u32(flags).frame(REQUEST_REMOVE), options);
  }

  /** Gives a file another name in the same file system; what had that name before is replaced. */
  async rename(from: string, to: string, options: Waiting = {}): Promise<void> {
    await this.#do(`rename ${from}`, new Payload().string(from).string(to).frame(REQUEST_RENAME), options);
  }

  /** Makes a symbolic link at a path. */
  async symlink(target: string, path: string, options: Waiting = {}): Promise<void> {
    await this.#do(`make the link ${path}`, new Payload().string(target).string(path).frame(REQUEST_SYMLINK), options);
  }

  /** Where a symbolic link leads. */
  async readlink(path: string, options: Waiting = {}): Promise<string> {
    const request = new Payload().string(path).frame(REQUEST_READLINK);
    return text((await this.#do(`read the link ${path}`, request, options)).rest());
  }

  /** Sets the permission bits of a file. */
  async chmod(path: string, mode: number, options: Waiting = {}): Promise<void> {
    await this.#do(`change the mode of ${path}`, new Payload().string(path).u32(mode).frame(REQUEST_CHMOD), options);
  }

  /** What happens to a file, or in a directory (not below), from now on. Ends when that is gone; cancelling it ends the watch. */
  async watch(path: string, options: Waiting = {}): Promise<ReadableStream<WatchEvent>> {
    const asked = await this.#ask(`watch ${path}`, new Payload().string(path).frame(REQUEST_WATCH), options);
    await asked.began();
    return new ReadableStream<WatchEvent>(
      {
        async pull(controller) {
          for (;;) {
            const frame = await asked.next();
            if (frame.kind !== EVENT) throw asked.refuse();
            const fields = new Fields(frame.payload);
            const mask = fields.u32();
            const cookie = fields.u32();
            const type = EVENTS.find(([bit]) => (mask & bit) !== 0)?.[1];
            if (type !== undefined) return controller.enqueue({ type, name: fields.string(), cookie });
            // IN_IGNORED: the last one.
            asked.close();
            return controller.close();
          }
        },
        cancel: () => asked.close(),
      },
      { highWaterMark: 0 },
    );
  }

  async #stat(path: string, follow: boolean, options: Waiting): Promise<FileStat> {
    const request = new Payload()
      .string(path)
      .u32(follow ? 1 : 0)
      .frame(REQUEST_STAT);
    const fields = await this.#do(`look at ${path}`, request, options);
    const mode = fields.u32();
    const [links, uid, gid] = [fields.u32(), fields.u32(), fields.u32()];
    const [size, inode, device] = [fields.u64(), fields.u64(), fields.u64()];
    const time = (): number => fields.i64() * 1000 + fields.u32() / 1e6;
    const [accessedMs, modifiedMs, changedMs] = [time(), time(), time()];
    const type = TYPES[mode >>> 12] ?? "unknown";
    return { type, mode: mode & 0o7777, links, uid, gid, size, inode, device, accessedMs, modifiedMs, changedMs };
  }

  /** A request that is answered by one RESULT; returns what lies in it. */
  async #do(what: string, request: Uint8Array, options: Waiting): Promise<Fields> {
    return (await this.#ask(what, request, options)).result();
  }

  async #ask(what: string, request: Uint8Array, options: Waiting): Promise<Asked> {
    const { signal } = options;
    try {
      const connection = await this.#link.connect(options);
      const asked = new Asked(what, connection, signal);
      await asked.say(request);
      return asked;
    } catch (error) {
      if (signal?.aborted) throw aborted(signal);
      throw error instanceof ColinuxError && !error.code.startsWith("connection-") ? error : lost(error);
    }
  }
}

/** A request under way. */
class Asked {
  readonly #what: string;
  readonly #connection: Duplex;
  readonly #frames: FrameReader;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => this.#connection.reset();

  constructor(what: string, connection: Duplex, signal: AbortSignal | undefined) {
    this.#what = what;
    this.#connection = connection;
    this.#frames = new FrameReader(connection.readable);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort);
    if (signal?.aborted) this.#abort();
  }

  /** The next frame; a RESULT is one that says all went well. Any other end rejects. */
  async next(): Promise<Frame> {
    let frame: Frame | undefined;
    try {
      frame = await this.#frames.next();
    } catch (error) {
      throw this.#broken(error);
    }
    if (frame === undefined) throw this.#broken(undefined);
    if (frame.kind === RESULT) {
      const errno = new Fields(frame.payload).u32();
      if (errno !== 0) {
        this.close();
        throw new GuestError("guest-file", errnoName(errno), `The guest cannot ${this.#what}: ${errnoName(errno)}`);
      }
    }
    return frame;
  }

  /** The RESULT that begins what goes on. */
  async began(): Promise<void> {
    if ((await this.next()).kind !== RESULT) throw this.refuse();
  }

  /** The RESULT that is the end; returns what lies in it. */
  async result(): Promise<Fields> {
    const frame = await this.next();
    this.close();
    if (frame.kind !== RESULT) throw nonsense();
    const fields = new Fields(frame.payload);
    fields.u32();
    return fields;
  }

  async say(frame: Uint8Array): Promise<void> {
    try {
      await send(this.#connection, frame);
    } catch {
      // The agent reads no more: it has said why.
      await this.next();
      throw this.refuse();
    }
  }

  /** Ends the connection; returns the error for an answer that is none. */
  refuse(): ColinuxError {
    this.close();
    return nonsense();
  }

  close(): void {
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#connection.reset();
  }

  #broken(error: unknown): ColinuxError {
    const { aborted: wasAborted = false } = this.#signal ?? {};
    this.close();
    return wasAborted ? aborted(this.#signal!) : lost(error);
  }
}
