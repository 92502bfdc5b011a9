/*
 * A page that boots a machine, served from this machine to a browser on it, with what the machine is made of:
 *
 *     /  page.js  worker.js  core.wasm  kernel  initramfs
 *
 * Both scripts are bundled when the server starts, from the checkout or as a user of the package bundles them. No header is sent that a plain file server would not send.
 */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { kernelsRoot } from "../../kernels/cache.js";

/** Paths; that of the page's script begins at the project's folder, which is the checkout, or one that has colinux in its node_modules. */
export interface PageParts {
  readonly project?: string;
  readonly script: string;
  /** A further script, served as more.js. */
  readonly more?: string;
  readonly kernel: string;
  readonly initramfs: string;
}

export interface PageServer {
  readonly url: string;
  close(): void;
}

/** The empty icon keeps the browser from asking for one. */
const PAGE = '<link rel="icon" href="data:,"><script type="module" src="page.js"></script>';

export async function servePage({ project, script, more, kernel, initramfs }: PageParts): Promise<PageServer> {
  const root = project === undefined ? join(kernelsRoot(), "..") : join(project, "node_modules/colinux");
  const worker = project === undefined ? "host-js/browser/worker.ts" : "colinux/browser/worker.js";
  const files = new Map<string, { type: string; bytes: () => string | Uint8Array }>([
    ["/", { type: "text/html", bytes: () => PAGE }],
    ["/core.wasm", { type: "application/wasm", bytes: () => readFileSync(join(root, "dist/core.wasm")) }],
    ["/kernel", { type: "application/octet-stream", bytes: () => readFileSync(kernel) }],
    ["/initramfs", { type: "application/octet-stream", bytes: () => readFileSync(initramfs) }],
  ]);
  for (const { path, contents } of await bundled(project ?? root, { page: script, worker, ...(more && { more }) })) {
    files.set(`/${basename(path)}`, { type: "text/javascript", bytes: () => contents });
  }
  const server = createServer(({ url = "/" }, response) => {
    const file = files.get(url);
    if (file) response.writeHead(200, { "content-type": file.type }).end(file.bytes());
    else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}

async function bundled(absWorkingDir: string, entryPoints: Record<string, string>) {
  const { outputFiles } = await build({
    absWorkingDir,
    entryPoints,
    bundle: true,
    format: "esm",
    target: "es2022",
    outdir: "page",
    write: false,
    logLevel: "warning",
  });
  return outputFiles;
}
