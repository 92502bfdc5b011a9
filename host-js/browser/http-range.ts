/*
 * A file on a server, read in parts: HTTP range requests [RFC 9110 14], tried again when the network fails (http-attempts.ts).
 *
 * Each answer is compared with the first one: size and ETag, or the time of modification. `If-Range` would do that on the server, which then
 * sends all of a file that has changed, and it would make a request to another origin ask for permission first. The first request makes the
 * browser's cache ask the server whether it is up to date; what the cache has of the file is good then.
 */

import { ColinuxError } from "../common/errors.js";
import { Attempt, attempts, PassingFailure } from "./http-attempts.js";

/**
 * Waits before the attempts at a read that follow the first, for as long as the file is open: to a guest a network that is away is a slow disk,
 * where a disk that fails would be the end of its file systems.
 */
function* patience(): Generator<number> {
  yield* [250, 500, 1000, 2000, 4000, 8000];
  for (;;) yield 15_000;
}
/** Whoever opens a disk waits for it. */
const OPENING_RETRY_MS = [250, 1000];
const STALLED_MS = 30_000;
/** Too early, too many, and whatever a server or what stands before it may recover from. */
const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

/** For a part that was there when the file was opened. */
const CHANGED_STATUS = new Set([200, 412, 416]);

export interface HttpOptions {
  /** Waits between attempts in milliseconds, one for each attempt after the first. Default: a read is tried until it succeeds. */
  readonly retryMs?: readonly number[];
  /** After how long without a byte a request counts as lost, in milliseconds. Default half a minute. */
  readonly stalledMs?: number;
  /** Told once when the network begins to fail, and when it is back. */
  readonly report?: ((message: string) => void) | undefined;
}

/** What an answer says of the file that it is a part of. */
interface Version {
  readonly bytes: number;
  readonly etag: string | null;
  readonly modified: string | null;
}

export class HttpFile {
  private reading = new AbortController();
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
    const waits = options.retryMs ?? OPENING_RETRY_MS;
    const headers = { range: `bytes=0-${firstBytes - 1}` };
    const { signal } = new AbortController();
    const givenUp = (failure: PassingFailure) => unreachable(address, failure);
    return attempts({ waits, signal, givenUp }, async () => {
      const attempt = new Attempt(signal, options.stalledMs ?? STALLED_MS);
      try {
        const response = await newest(attempt, address, headers);
        if (response.status === 416) throw emptyFile(address);
        const version = await versionOf(attempt, address, response);
        const beginning = await bodyOf(attempt, response);
        if (beginning.length !== Math.min(firstBytes, version.bytes)) throw new PassingFailure("the answer was cut");
        return new HttpFile(address, version, beginning, options);
      } finally {
        attempt.end();
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
   * The bytes from `from` to `to` as they come, to be taken by `take` in order. Rejects with ColinuxError: `image-unreachable` when the server
   * refuses, or when there was no attempt left, `image-changed`, `image-no-ranges`; with an AbortError when it was abandoned.
   */
  async read(from: number, to: number, take: (part: Uint8Array) => void): Promise<void> {
    let at = from;
    const { address } = this;
    const { signal } = this.reading;
    const { retryMs: waits = patience(), stalledMs = STALLED_MS, report } = this.options;
    const failed = (failure: PassingFailure): void => {
      const why = navigator.onLine ? failure.message : "this computer is offline";
      if (!this.failing) report?.(`${address} does not come (${why}); trying again.`);
      this.failing = true;
    };
    const givenUp = (failure: PassingFailure) => unreachable(address, failure);
    await attempts({ waits, signal, failed, givenUp }, async () => {
      const attempt = new Attempt(signal, stalledMs);
      try {
        const response = await attempt.request(address, { headers: { range: `bytes=${at}-${to - 1}` } });
        await this.check(attempt, response, at);
        for await (const part of attempt.parts(response)) {
          const wanted = part.subarray(0, to - at);
          at += wanted.length;
          take(wanted);
        }
      } finally {
        attempt.end();
      }
      if (at < to) throw new PassingFailure("the answer was cut");
    });
    if (this.failing) report?.(`${address} comes again.`);
    this.failing = false;
  }

  /** Ends the reads that wait; later ones begin anew. */
  abandon(): void {
    this.reading.abort();
    this.reading = new AbortController();
  }

  private async check(attempt: Attempt, response: Response, from: number): Promise<void> {
    // The browser's cache asks with If-Range of its own accord, and all of the file comes when that is another one.
    if (CHANGED_STATUS.has(response.status)) throw changed(this.address);
    const { bytes, etag, modified } = await versionOf(attempt, this.address, response, this.version);
    const differs = (now: string | null, then: string | null): boolean => now !== null && then !== null && now !== then;
    if (bytes !== this.version.bytes || differs(etag, this.version.etag) || differs(modified, this.version.modified))
      throw changed(this.address);
    const range = contentRange(response);
    if (range !== undefined && range.from !== from) throw noRanges(this.address, "It answered with another part");
  }
}

/** The cache may have another version, ask whether it is good still, and be answered with all of the new one. */
async function newest(attempt: Attempt, address: string, headers: Record<string, string>): Promise<Response> {
  const response = await attempt.request(address, { headers, cache: "no-cache" });
  if (response.status !== 200) return response;
  void response.body?.cancel().catch(() => undefined);
  return attempt.request(address, { headers, cache: "reload" });
}

/** What the answer says; `known` helps where a server of another origin does not let the page see the size. */
async function versionOf(attempt: Attempt, address: string, response: Response, known?: Version): Promise<Version> {
  if (PASSING_STATUS.has(response.status)) throw new PassingFailure(`the server says ${statusOf(response)}`);
  if (!response.ok)
    throw new ColinuxError(
      "image-unreachable",
      `${address} cannot be fetched: the server says ${statusOf(response)}. Look at the address, and whether the server lets this page read it.`,
    );
  if (response.status !== 206) throw noRanges(address, "It sent the whole file instead");
  const { headers } = response;
  const bytes = contentRange(response)?.bytes ?? known?.bytes ?? (await askSize(attempt, address));
  return { bytes, etag: headers.get("etag"), modified: headers.get("last-modified") };
}

function contentRange(response: Response): { readonly from: number; readonly bytes: number } | undefined {
  const [, from, bytes] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
  return from === undefined ? undefined : { from: Number(from), bytes: Number(bytes) };
}

/** Another origin shows the page Content-Length of itself, Content-Range only when it means to. */
async function askSize(attempt: Attempt, address: string): Promise<number> {
  const response = await attempt.request(address, { method: "HEAD", cache: "no-cache" });
  const length = response.headers.get("content-length");
  if (response.ok && length !== null) return Number(length);
  throw noRanges(
    address,
    "It does not tell how long the file is: let it send Access-Control-Expose-Headers: Content-Range, ETag",
  );
}

async function bodyOf(attempt: Attempt, response: Response): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of attempt.parts(response)) parts.push(part as Uint8Array<ArrayBuffer>);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
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
