/*
 * A file on a server, read in parts: HTTP range requests [RFC 9110 14], tried again when the network fails.
 *
 * Each answer is compared with the first one: size and ETag, or the time of modification. `If-Range` would do that on the server, which then
 * sends all of a file that has changed, and it would make a request to another origin ask for permission first. The first request makes the
 * browser's cache ask the server whether it is up to date; what the cache has of the file is good then.
 */

import { ColinuxError, messageOf } from "../common/errors.js";

/** Waits before the attempts that follow the first; half a minute in all. */
const RETRY_MS = [250, 500, 1000, 2000, 4000, 8000, 15_000];
/** Whoever opens a disk waits for it. */
const OPENING_RETRY_MS = [250, 1000];
/** Too early, too many, and whatever a server or what stands before it may recover from. */
const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

/** For a part that was there when the file was opened. */
const CHANGED_STATUS = new Set([200, 412, 416]);

export interface HttpOptions {
  /** Waits between attempts in milliseconds, one for each attempt after the first. */
  readonly retryMs?: readonly number[];
  /** Told once when the network begins to fail. */
  readonly report?: ((message: string) => void) | undefined;
}

/** What an answer says of the file that it is a part of. */
interface Version {
  readonly bytes: number;
  readonly etag: string | null;
  readonly modified: string | null;
}

/** Why another attempt may help. */
class PassingFailure extends Error {}

export class HttpFile {
  private readonly aborting = new AbortController();
  private failing = false;

  private constructor(
    readonly address: string,
    private readonly version: Version,
    /** What lies at its beginning: what the first request brought. */
    readonly beginning: Uint8Array,
    private readonly options: HttpOptions,
  ) {}

  /**
   * Finds the size of the file and its first `firstBytes` bytes. Rejects with ColinuxError: `image-unreachable`, `image-no-ranges`.
   */
  static async open(address: string, firstBytes: number, options: HttpOptions = {}): Promise<HttpFile> {
    const retryMs = options.retryMs ?? OPENING_RETRY_MS;
    const headers = { range: `bytes=0-${firstBytes - 1}` };
    return attempts(address, retryMs, async () => {
      const response = await newest(address, headers);
      try {
        if (response.status === 416) throw emptyFile(address);
        const version = await versionOf(address, response);
        const beginning = await bodyOf(response);
        if (beginning.length !== Math.min(firstBytes, version.bytes)) throw new PassingFailure("the answer was cut");
        return new HttpFile(address, version, beginning, options);
      } finally {
        drop(response);
      }
    });
  }

  get bytes(): number {
    return this.version.bytes;
  }

  /** Milliseconds since 1970; 0 where the server does not say. */
  get modified(): number {
    return Date.parse(this.version.modified ?? "") || 0;
  }

  /**
   * The bytes from `from` to `to` as they come, to be taken by `take` in order. Rejects with ColinuxError: `image-unreachable` when the network
   * fails for half a minute, `image-changed`, `image-no-ranges`.
   */
  async read(from: number, to: number, take: (part: Uint8Array) => void): Promise<void> {
    let at = from;
    const { signal } = this.aborting;
    const failed = (error: PassingFailure): void => {
      if (!this.failing) this.options.report?.(`${this.address} does not come (${error.message}); trying again.`);
      this.failing = true;
    };
    const { retryMs = RETRY_MS } = this.options;
    await attempts(
      this.address,
      retryMs,
      async () => {
        const response = await request(this.address, { headers: { range: `bytes=${at}-${to - 1}` }, signal });
        try {
          await this.check(response, at);
          for await (const part of partsOf(response)) {
            const wanted = part.subarray(0, to - at);
            at += wanted.length;
            take(wanted);
          }
        } finally {
          drop(response);
        }
        if (at < to) throw new PassingFailure("the answer was cut");
      },
      failed,
    );
    this.failing = false;
  }

  close(): void {
    this.aborting.abort();
  }

  private async check(response: Response, from: number): Promise<void> {
    // The browser's cache asks with If-Range of its own accord, and all of the file comes when that is another one.
    if (CHANGED_STATUS.has(response.status)) throw changed(this.address);
    const { bytes, etag, modified } = await versionOf(this.address, response, this.version);
    const differs = (now: string | null, then: string | null): boolean => now !== null && then !== null && now !== then;
    if (bytes !== this.version.bytes || differs(etag, this.version.etag) || differs(modified, this.version.modified))
      throw changed(this.address);
    const range = contentRange(response);
    if (range !== undefined && range.from !== from) throw noRanges(this.address, "It answered with another part");
  }
}

/** The cache may have another version, ask whether it is good still, and be answered with all of the new one. */
async function newest(address: string, headers: Record<string, string>): Promise<Response> {
  const response = await request(address, { headers, cache: "no-cache" });
  if (response.status !== 200) return response;
  drop(response);
  return request(address, { headers, cache: "reload" });
}

async function request(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new PassingFailure(messageOf(error), { cause: error });
  }
}

/** Calls `act` until it succeeds, fails for good, or there was no attempt left. */
async function attempts<T>(
  address: string,
  retryMs: readonly number[],
  act: () => Promise<T>,
  failed: (error: PassingFailure) => void = () => undefined,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      const wait = retryMs[attempt];
      if (wait === undefined) throw unreachable(address, error);
      failed(error);
      await onlineOr(wait);
    }
  }
}

/** Ends early when the network comes back. */
function onlineOr(ms: number): Promise<void> {
  return new Promise((done) => {
    const end = (): void => {
      clearTimeout(timer);
      removeEventListener("online", end);
      done();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
  });
}

/** What the answer says; `known` helps where a server of another origin does not let the page see the size. */
async function versionOf(address: string, response: Response, known?: Version): Promise<Version> {
  if (PASSING_STATUS.has(response.status)) throw new PassingFailure(`the server says ${statusOf(response)}`);
  if (!response.ok)
    throw new ColinuxError(
      "image-unreachable",
      `${address} cannot be fetched: the server says ${statusOf(response)}. Look at the address, and whether the server lets this page read it.`,
    );
  if (response.status !== 206) throw noRanges(address, "It sent the whole file instead");
  const { headers } = response;
  const bytes = contentRange(response)?.bytes ?? known?.bytes ?? (await askSize(address));
  return { bytes, etag: headers.get("etag"), modified: headers.get("last-modified") };
}

function contentRange(response: Response): { readonly from: number; readonly bytes: number } | undefined {
  const [, from, bytes] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
  return from === undefined ? undefined : { from: Number(from), bytes: Number(bytes) };
}

/** Another origin shows the page Content-Length of itself, Content-Range only when it means to. */
async function askSize(address: string): Promise<number> {
  const response = await request(address, { method: "HEAD", cache: "no-cache" });
  const length = response.headers.get("content-length");
  if (response.ok && length !== null) return Number(length);
  throw noRanges(
    address,
    "It does not tell how long the file is: let it send Access-Control-Expose-Headers: Content-Range, ETag",
  );
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new PassingFailure(messageOf(error), { cause: error });
  }
}

async function* partsOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw new PassingFailure(messageOf(error), { cause: error });
    });
    if (done) return;
    yield value;
  }
}

/** The rest of it is not wanted. */
function drop(response: Response): void {
  if (!response.bodyUsed) void response.body?.cancel().catch(() => undefined);
}

function statusOf({ status, statusText }: Response): string {
  return `${status} ${statusText}`.trim();
}

function unreachable(address: string, failure: PassingFailure): ColinuxError {
  const why = navigator.onLine
    ? `${failure.message}. The server is down, does not let this page read it (CORS), or something between is broken; try again`
    : "this computer is offline. Connect it and try again";
  return new ColinuxError("image-unreachable", `${address} cannot be fetched: ${why}.`, { cause: failure });
}

function noRanges(address: string, what: string): ColinuxError {
  return new ColinuxError(
    "image-no-ranges",
    `The server of ${address} does not send parts of a file (HTTP ranges), which a disk needs. ${what}.\n` +
      "Use a server that does, such as nginx, Apache or any object store, and let it send the image as it is; or fetch all of the image and give it as a Blob",
  );
}

function changed(address: string): ColinuxError {
  return new ColinuxError(
    "image-changed",
    `${address} was changed on its server while it was in use. Load the page again; what was kept for the former image does not fit the new one.`,
  );
}

function emptyFile(address: string): ColinuxError {
  return new ColinuxError("disk-size", `${address} is empty; expected a disk image.`);
}
