/*
 * The example page (docs/examples/page), built: in a package, and by `npm run demo` in a checkout.
 *
 *     dist/page/    index.html  assets/ ...       what Vite makes of it
 *     dist/guest/   kernel.gz  initramfs.gz       fetched from where they are for others, too, so that no package has them twice
 *     dist/core.wasm
 *
 * All addresses are relative: the three lie beside each other on any file server, in any folder of it. A user's own build of the same page has everything
 * in one folder (tests/package).
 */

import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin, preview, type ViteDevServer } from "vite";
import { kernelsRoot } from "../cache.js";
import { findInitramfs, findKernel } from "../index.js";

const PAGE = "docs/examples/page";

/** What the page imports, by its place beside the page's folder. */
const BESIDE: Readonly<Record<string, string>> = {
  "colinux/core.wasm?url": "core.wasm",
  "colinux/kernel.gz?url": "guest/kernel.gz",
  "colinux/initramfs.gz?url": "guest/initramfs.gz",
};

/** Builds it anew and returns its path. */
export async function buildPage(outDir = join(kernelsRoot(), "../dist/page")): Promise<string> {
  const root = join(kernelsRoot(), "..");
  await build({
    root: join(root, PAGE),
    configFile: false,
    base: "./",
    logLevel: "warn",
    plugins: [filesBeside()],
    // xterm.js is no smaller.
    build: { outDir, emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 1000 },
  });
  return outDir;
}

/** Serves dist/page with the guest of this checkout beside it, on this computer only, and returns its address. */
export async function servePage(): Promise<string> {
  const root = join(kernelsRoot(), "..");
  const server = await preview({
    root: join(root, PAGE),
    configFile: false,
    logLevel: "warn",
    plugins: [guestBeside(root)],
    build: { outDir: join(root, "dist/page") },
    preview: { host: "localhost" },
  });
  return server.resolvedUrls!.local[0]!;
}

function filesBeside(): Plugin {
  return {
    name: "colinux:files-beside",
    enforce: "pre",
    resolveId: (id) => (id in BESIDE ? `\0${id}` : undefined),
    load: (id) => {
      const path = BESIDE[id.slice(1)];
      if (!id.startsWith("\0") || path === undefined) return undefined;
      return `export default new URL("../${path}", document.baseURI).href;`;
    },
  };
}

/** In a checkout the guest is in the cache, not compressed, which the names do not tell and the boot finds out. */
function guestBeside(root: string): Plugin {
  const files: Readonly<Record<string, string>> = {
    "/core.wasm": join(root, "dist/core.wasm"),
    "/guest/kernel.gz": findKernel()!.image,
    "/guest/initramfs.gz": findInitramfs()!.cpio,
  };
  const serve = ({ middlewares }: Pick<ViteDevServer, "middlewares">): void => {
    middlewares.use((request, response, next) => {
      const path = files[request.url ?? ""];
      if (path === undefined) return next();
      response.setHeader("content-length", statSync(path).size);
      createReadStream(path).pipe(response);
    });
  };
  return { name: "colinux:guest-beside", configurePreviewServer: serve };
}
