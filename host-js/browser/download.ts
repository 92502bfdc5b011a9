/*
 * The files that a boot fetches, told of as they come. Content types do not matter, as plain file servers have never heard of some of them.
 */

import { ColinuxError, messageOf } from "../common/errors.js";

/** One of the files that a machine is made of. */
export type BootFileName = "core" | "kernel" | "initrd";

/** How far a boot has come. */
export type BootProgress =
  | {
      /** A file is being fetched. Told when its answer begins, and with each piece of it. */
      readonly stage: "download";
      /** Which. */
      readonly file: BootFileName;
      /** What has come of it. */
      readonly loadedBytes: number;
      /** How long it is; undefined when the server does not say, or sends it compressed. */
      readonly totalBytes: number | undefined;
    }
  | {
      /** Everything is there; the Worker unpacks it and makes the machine. `boot` resolves when the guest runs. */
      readonly stage: "start";
    };

/** Fetches files for one boot. When one fails the others are given up. */
export class Downloads {
  readonly #onProgress: (progress: BootProgress) => void;
  readonly #givenUp = new AbortController();

  constructor(onProgress: (progress: BootProgress) => void = () => undefined, signal?: AbortSignal) {
    this.#onProgress = onProgress;
    signal?.addEventListener("abort", () => this.giveUp());
    if (signal?.aborted) this.giveUp();
  }

  /** Nothing more is fetched, and nothing more is told. */
  giveUp(): void {
    this.#givenUp.abort();
  }

  tell(progress: BootProgress): void {
    if (!this.#givenUp.signal.aborted) this.#onProgress(progress);
  }

  /** Errors: `download-failed`. */
  async bytes(file: BootFileName, address: string | URL): Promise<Uint8Array> {
    return this.#orNone(address, async () => new Uint8Array(await (await this.#get(file, address)).arrayBuffer()));
  }

  /** Compiled while it comes. Errors: `download-failed`, `core-invalid`. */
  async module(file: BootFileName, address: string | URL): Promise<WebAssembly.Module> {
    return this.#orNone(address, async () => WebAssembly.compileStreaming(await this.#get(file, address)));
  }

  async #orNone<T>(address: string | URL, load: () => Promise<T>): Promise<T> {
    try {
      return await load();
    } catch (error) {
      this.giveUp();
      if (error instanceof ColinuxError) throw error;
      if (error instanceof WebAssembly.CompileError) {
        const message = `${address} is no WebAssembly: ${messageOf(error)}. core.wasm of colinux was expected.`;
        throw new ColinuxError("core-invalid", message, { cause: error });
      }
      const advice = navigator.onLine ? "Can its server be reached?" : "This browser is offline.";
      const message = `${address} cannot be fetched (${messageOf(error)}). ${advice}`;
      throw new ColinuxError("download-failed", message, { cause: error });
    }
  }

  /** The answer, whose body is watched as it is read. */
  async #get(file: BootFileName, address: string | URL): Promise<Response> {
    const answer = await fetch(address, { signal: this.#givenUp.signal });
    const { ok, status, statusText, headers, body } = answer;
    if (!ok) {
      const said = `${status} ${statusText}`.trimEnd();
      const message = `${address} cannot be fetched: the server says ${said}. Is the file there?`;
      throw new ColinuxError("download-failed", message);
    }
    const length = headers.get("content-encoding") === null ? headers.get("content-length") : null;
    const totalBytes = length === null ? undefined : Number(length);
    let loadedBytes = 0;
    const tell = (): void => this.tell({ stage: "download", file, loadedBytes, totalBytes });
    tell();
    const watched = body?.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(bytes, controller) {
          loadedBytes += bytes.length;
          tell();
          controller.enqueue(bytes);
        },
      }),
    );
    return new Response(watched ?? null, { headers: { "content-type": "application/wasm" } });
  }
}

/** Errors: `webassembly-missing`, `webassembly-refused`. */
export function checkWebAssembly(): void {
  if (typeof WebAssembly === "undefined") {
    const message = "This browser has no WebAssembly, or it is switched off (Safari's lockdown mode does so).";
    throw new ColinuxError("webassembly-missing", `${message} Use another browser, or allow it for this page.`);
  }
  try {
    new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  } catch (error) {
    const message = `The page's content security policy forbids WebAssembly (${messageOf(error)})`;
    throw new ColinuxError("webassembly-refused", `${message}. Add 'wasm-unsafe-eval' to its script-src.`, {
      cause: error,
    });
  }
}
