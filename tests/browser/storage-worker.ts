/*
 * A Worker that opens storages for a test and does what that asks of them.
 */

import { HttpStorage } from "../../host-js/browser/http-storage.js";
import type { Storage } from "../../host-js/browser/index.js";
import { openDisks } from "../../host-js/browser/open-disks.js";
import { OpfsStorage } from "../../host-js/browser/opfs-storage.js";
import type { StorageAnswer, StorageRequest } from "./storage-page.js";

const storages: Storage[] = [];
const reports: string[] = [];
const report = (message: string) => void reports.push(message);

async function open(request: Extract<StorageRequest, { do: "open" }>): Promise<Storage> {
  if ("http" in request) return HttpStorage.open(request.http, { ...request.options, report });
  if ("disk" in request) return (await openDisks([request.disk], report)).storages[0]!;
  const root = await navigator.storage.getDirectory();
  return OpfsStorage.open(await root.getFileHandle(request.opfs, { create: true }), `The file ${request.opfs}`);
}

async function answer(request: StorageRequest): Promise<StorageAnswer> {
  if (request.do === "open") {
    const storage = await open(request);
    const { bytes, readOnly } = storage;
    return { number: storages.push(storage) - 1, bytes, readOnly };
  }
  if (request.do === "reports") return { reports: reports.splice(0) };
  const storage = storages[request.number]!;
  switch (request.do) {
    case "read": {
      const data = new Uint8Array(request.bytes);
      await storage.read(request.offset, data);
      return { data };
    }
    case "write":
      await storage.write(request.offset, request.data);
      return {};
    case "flush":
      await storage.flush();
      return {};
    case "close":
      await storage.close();
      return {};
  }
}

self.onmessage = async ({ data: { id, request } }) => {
  try {
    postMessage({ id, answer: await answer(request) });
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    postMessage({ id, error: { name, message, code } });
  }
};
