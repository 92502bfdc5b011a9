/*
 * A plain file server on this machine, as a page's author may have one: files of a few folders under addresses below a sub-path, no header beyond type and length
 * but a content security policy, and no ranges.
 */

import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

export const SUB_PATH = "/some/where/";

/** A policy without anything that a page with a machine does not need. */
export const STRICT_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

export interface StaticServer {
  /** Of the sub-path. */
  readonly url: string;
  /** What is sent along with every file. */
  policy: string;
  close(): void;
}

/** `places`: folders or files by where they are below the sub-path, the longest first. */
export async function serveFiles(places: Readonly<Record<string, string>>): Promise<StaticServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://host");
    const path = pathname.startsWith(SUB_PATH) ? find(places, pathname.slice(SUB_PATH.length)) : undefined;
    if (path === undefined) return response.writeHead(404).end();
    const bytes = readFileSync(path);
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    const headers = { "content-type": type, "content-length": bytes.length, "content-security-policy": served.policy };
    return response.writeHead(200, headers).end(bytes);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const served: StaticServer = {
    url: `http://127.0.0.1:${port}${SUB_PATH}`,
    policy: STRICT_POLICY,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return served;
}

function find(places: Readonly<Record<string, string>>, asked: string): string | undefined {
  for (const [place, path] of Object.entries(places)) {
    if (!asked.startsWith(place)) continue;
    const file = join(path, normalize(`/${asked.slice(place.length)}`), /(^|\/)$/.test(asked) ? "index.html" : "");
    const trimmed = file.replace(/\/$/, "");
    if (statSync(trimmed, { throwIfNoEntry: false })?.isFile()) return trimmed;
  }
  return undefined;
}
