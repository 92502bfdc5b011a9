/*
 * The page between a test and the Worker that has its storages. Bytes cross as base64, which is what a test can send.
 */

import type { DiskDescription } from "../../host-js/browser/index.js";

export type StorageRequest =
  | { do: "open"; opfs: string }
  | { do: "open"; http: string; options?: { retryMs?: number[]; stalledMs?: number; cacheBytes?: number } }
  | { do: "open"; disk: DiskDescription }
  | { do: "read"; number: number; offset: number; bytes: number }
  | { do: "write"; number: number; offset: number; data: Uint8Array }
  | { do: "flush" | "close"; number: number }
  | { do: "reports" };

export interface StorageAnswer {
  number?: number;
  bytes?: number;
  readOnly?: boolean;
  data?: Uint8Array;
  reports?: string[];
}

type Sent<T> = Omit<T, "data"> & { data?: string };

declare global {
  /** What the Worker answers; `error` is what it threw. */
  function askStorage(request: Sent<StorageRequest>): Promise<Sent<StorageAnswer> & Pick<Answered, "error">>;
}

interface Answered {
  answer?: StorageAnswer;
  error?: { name: string; message: string; code?: string };
}

const worker = new Worker("more.js", { type: "module" });
const waiting = new Map<number, (message: Answered) => void>();
let next = 0;
worker.onmessage = ({ data: { id, ...message } }) => waiting.get(id)!(message);

globalThis.askStorage = async (sent) => {
  const id = next++;
  const request = "data" in sent ? { ...sent, data: fromBase64(sent.data!) } : sent;
  worker.postMessage({ id, request });
  const { answer, error } = await new Promise<Answered>((done) => waiting.set(id, done));
  const { data, ...rest } = answer ?? {};
  return { ...rest, ...(data && { data: await toBase64(data) }), ...(error && { error }) };
};

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): Promise<string> {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done((reader.result as string).replace(/^.*,/, ""));
    reader.readAsDataURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  });
}

document.title = "ready";
