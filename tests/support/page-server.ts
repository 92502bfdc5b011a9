/*
 * A page that boots a machine, served from this machine to a browser on it, with what the machine is made of:
 *
 *     /  page.js  worker.js  core.wasm  kernel  initramfs
 *
 * Both scripts are bundled when the server starts, from the checkout or as a user of the package bundles them.
 */

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { kernelsRoot } from "../../kernels/cache.js";
import { type FileServer, type ServedFile, serve } from "./file-server.js";

/** Paths; that of the page's script begins at the project's folder, which is the checkout, or one that has colinux in its node_modules. */
export interface PageParts {
  readonly project?: string;
  readonly script: string;
  /** A further script, served as more.js. */
  readonly more?: string;
  readonly kernel: string;
  readonly initramfs: string;
}

export type PageServer = FileServer;

/** The empty icon keeps the browser from asking for one. */
export const MODULE_PAGE = '<link rel="icon" href="data:,"><script type="module" src="page.js"></script>';

export async function servePage({ project, script, more, kernel, initramfs }: PageParts): Promise<PageServer> {
  const root = project === undefined ? join(kernelsRoot(), "..") : join(project, "node_modules/colinux");
  const worker = project === undefined ? "host-js/browser/worker.ts" : "colinux/browser/worker.js";
  const files = new Map<string, ServedFile>([
    ["/", { type: "text/html", bytes: () => MODULE_PAGE }],
    ["/core.wasm", { type: "application/wasm", bytes: () => readFileSync(join(root, "dist/core.wasm")) }],
    ["/kernel", { type: "application/octet-stream", bytes: () => readFileSync(kernel) }],
    ["/initramfs", { type: "application/octet-stream", bytes: () => readFileSync(initramfs) }],
  ]);
  const entryPoints = { page: script, worker, ...(more && { more }) };
  for (const [path, file] of await bundled({ absWorkingDir: project ?? root, entryPoints })) files.set(path, file);
  return serve(files);
}

/** Scripts for a page, by the names of their entry points. */
export async function bundled(options: BuildOptions): Promise<[path: string, file: ServedFile][]> {
  const { outputFiles } = await build({
    bundle: true,
    format: "esm",
    target: "es2022",
    outdir: "page",
    logLevel: "warning",
    ...options,
    write: false,
  });
  return outputFiles.map(({ path, contents }) => [
    `/${basename(path)}`,
    { type: "text/javascript", bytes: () => contents },
  ]);
}
