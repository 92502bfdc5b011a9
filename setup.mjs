// @ts-check
/*
 * Makes what is missing, and no more, and then runs what was asked for: node setup.mjs start|demo|build|kernel|test|test:long|bench|reference|prepack [-- args]
 *
 *     npm ci  ->  tsc  ->  kernel, initramfs (dist/kernels/build.js)  ->  start, test
 *                 asc  (meanwhile)
 *
 * This is plain JavaScript because it runs in a fresh clone, before TypeScript is installed; it uses nothing but Node. A step is
 * skipped when the paths, sizes and times of its inputs are those of its last success (dist/.stamps). Progress goes to stderr.
 */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = dirname(fileURLToPath(import.meta.url));
const STAMPS = join(ROOT, "dist/.stamps");
const TSC = "node_modules/typescript/bin/tsc";
const COMMAND = "dist/host-js/node/colinux.js";
const TERMINAL = "dist/host-js/browser/colinux-terminal.js";
const CORE = "dist/core.wasm";
const REFERENCE = "docs/reference";
const REPORT = "dist/test-report.json";

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
/** @type {NodeJS.Signals[]} */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

class StepFailed extends Error {
  /** @param {string} message @param {number} exitCode */
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

// ---- The verbs ----------------------------------------------------------------------------------------------------

/** @type {Record<string, (args: string[]) => Promise<void>>} */
const VERBS = {
  build: async () => build(),
  kernel: async () => {
    await compileTypeScript();
    await makeGuest();
  },
  start: async (args) => {
    await build();
    for (const signal of SIGNALS) process.removeListener(signal, stop);
    process.argv = [process.argv0, "colinux", ...args];
    await load(COMMAND);
  },
  test: (args) => test(args, []),
  "test:long": (args) => test(args, ["--mode", "long"]),
  /** npm calls it before it makes or publishes a package. */
  prepack: async () => {
    await build();
    removeOrphans();
    await run("package: guest", process.execPath, ["dist/kernels/build.js", "package"], 2);
    await makePage();
  },
  demo: async () => {
    await build();
    const { servePage } = await makePage();
    for (const signal of SIGNALS) process.removeListener(signal, stop);
    console.log(`Linux in a page: ${await servePage()}\nCtrl-C ends it.`);
  },
  reference: async () => {
    await installPackages(".");
    await installPackages(REFERENCE);
    const typedoc = join(REFERENCE, "node_modules/typedoc/bin/typedoc");
    const options = ["--options", join(REFERENCE, "typedoc.config.mjs")];
    await run("reference: writing dist/reference (typedoc)", process.execPath, [typedoc, ...options]);
  },
  bench: async (args) => {
    await compileTypeScript();
    await bundleBenchmark();
    const { benchmark } = await load("dist/tests/bench/main.js");
    process.exitCode = await benchmark(args, build);
  },
};

async function build() {
  await compileTypeScript();
  await together(makeGuest(), compileCore());
}

/** @param {string[]} args @param {string[]} mode */
async function test(args, mode) {
  await build();
  await run("tests: checking types (tsc)", process.execPath, [TSC, "-p", "tests"]);
  await run("page: checking types (tsc)", process.execPath, [TSC, "-p", "docs/examples/page"]);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  await run(
    "tests (vitest)",
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", ...mode, ...reporters, ...args],
    "inherit",
  );
}

// ---- The steps ----------------------------------------------------------------------------------------------------

async function compileTypeScript() {
  await installPackages(".");
  const inputs = ["host-js", "kernels", "assembly/abi.ts", "tsconfig.json", "package-lock.json", "setup.mjs"];
  await step("host", inputs, /\.(ts|json|css)$/, [COMMAND, TERMINAL], async (there) => {
    // What tsc made before it does not make again, whether it is still there or not.
    await run("host: compiling (tsc)", process.execPath, [TSC, "-b", ...(there ? [] : ["--force"])]);
    const bundled = { [COMMAND]: await bundleCommand(), [TERMINAL]: await bundleTerminal() };
    const { npmNotices } = await load("dist/kernels/package/npm-notices.js");
    writeFileSync(join(ROOT, "dist/NOTICES"), npmNotices(bundled, join(ROOT, "node_modules")));
  });
}

/**
 * Makes one file of the command: it starts in half the time that its 50 modules take (0.13 s and 0.24 s for --help, 0.10 s of it
 * Node's own). It lies beside its entry module, so that `import.meta.url` means the same in both.
 */
async function bundleCommand() {
  return bundle({ entryPoints: ["dist/host-js/node/cli.js"], outfile: COMMAND });
}

/** One file with xterm.js and its style sheet in it. */
async function bundleTerminal() {
  return bundle({
    entryPoints: ["host-js/browser/terminal/index.ts"],
    outfile: TERMINAL,
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "none",
    loader: { ".css": "text" },
    plugins: [strictStyles()],
  });
}

/**
 * Exchanges what a content security policy without `unsafe-inline` refuses of xterm.js: see host-js/browser/terminal/style-element.ts.
 * @returns {import("esbuild").Plugin}
 */
function strictStyles() {
  /** @type {[string, string, number][]} what, by what, how often */
  const exchanges = [
    ['createElement("style")', 'createElement("colinux-terminal-style")', 3],
    ['.setAttribute("style",', ".style.cssText=(", 1],
  ];
  return {
    name: "strict-styles",
    setup: (build) =>
      build.onLoad({ filter: /[\\/]xterm\.mjs$/ }, ({ path }) => {
        let contents = readFileSync(path, "utf8");
        for (const [what, by, times] of exchanges) {
          const parts = contents.split(what);
          if (parts.length !== times + 1)
            return { errors: [{ text: `${what} is ${parts.length - 1} times in ${path}, and not ${times} times` }] };
          contents = parts.join(by);
        }
        return { contents };
      }),
  };
}

/** What was compiled from files that are gone must not get into a package. */
function removeOrphans() {
  for (const folder of ["assembly", "host-js", "kernels"]) {
    for (const entry of readdirSync(join(ROOT, "dist", folder), { recursive: true, encoding: "utf8" })) {
      const [, module] = /^(.*?)(?:\.d)?\.[jt]s(?:\.map)?$/.exec(join(folder, entry)) ?? [];
      if (module === undefined || existsSync(join(ROOT, `${module}.ts`))) continue;
      if ([COMMAND, TERMINAL].map((path) => join(path)).includes(join("dist", `${module}.js`))) continue;
      rmSync(join(ROOT, "dist", folder, entry));
    }
  }
}

/** The benchmark is no part of what `tsc -b` makes; the tests check its types. */
async function bundleBenchmark() {
  const entryPoints = ["main", "wasi", "chromium", "v86"].map((name) => `tests/bench/${name}.ts`);
  await bundle({ entryPoints, outdir: "dist/tests/bench", external: ["esbuild", "playwright-core"] });
}

/** Returns the paths of what went in. @param {import("esbuild").BuildOptions} options */
async function bundle(options) {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
    metafile: true,
    ...options,
  });
  return Object.keys(metafile?.inputs ?? {});
}

async function compileCore() {
  const asc = [join("node_modules/assemblyscript/bin/asc.js"), "--target", "release"];
  await step("core", ["assembly", "asconfig.json", "package-lock.json"], /\.(ts|json)$/, [CORE], () =>
    run("core: compiling (asc)", process.execPath, asc),
  );
}

/** The kernel and the initramfs say themselves what they do, and keep what they made by the hash of its inputs. */
async function makeGuest() {
  const { findKernel, findInitramfs } = await load("dist/kernels/index.js");
  if (findKernel() && findInitramfs()) return;
  await run("guest: kernel and initramfs", process.execPath, ["dist/kernels/build.js", "all"], 2);
}

/** The example page in dist/page. */
async function makePage() {
  console.error("[setup] page: building (vite) ...");
  const page = await load("dist/kernels/package/page.js");
  await page.buildPage();
  return page;
}

/** @param {string} folder one with a package-lock.json */
async function installPackages(folder) {
  if (!packagesMatch(folder)) await run("packages: installing (npm ci)", ...npm(["ci", "--prefix", folder]));
}

/** Whether node_modules holds the versions that package-lock.json names; npm leaves a list of what it installed. @param {string} folder */
function packagesMatch(folder) {
  const wanted = packagesOf(join(folder, "package-lock.json"));
  const present = packagesOf(join(folder, "node_modules/.package-lock.json"));
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    return path === "" || (present[path] ? present[path].version === version : optional);
  });
}

/** @param {string} lockfile @returns {Record<string, { version: string, optional?: boolean }>} */
function packagesOf(lockfile) {
  const path = join(ROOT, lockfile);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : {};
}

// ---- Running and skipping -----------------------------------------------------------------------------------------

/**
 * Does `work` unless its inputs are those of its last success and the outputs are still there; `work` is told whether they were.
 * @param {string} name @param {string[]} inputs @param {RegExp} files @param {string[]} outputs @param {(there: boolean) => Promise<void>} work
 */
async function step(name, inputs, files, outputs, work) {
  const stamp = join(STAMPS, name);
  const hash = hashOf(inputs, files);
  const there = outputs.every((path) => existsSync(join(ROOT, path)));
  if (there && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  await work(there);
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(stamp, hash);
}

/** @param {string[]} inputs @param {RegExp} files */
function hashOf(inputs, files) {
  const hash = createHash("sha256");
  /** @param {string} path */
  const visit = (path) => {
    const stat = statSync(join(ROOT, path));
    if (!stat.isDirectory()) hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
    else {
      for (const entry of readdirSync(join(ROOT, path), { withFileTypes: true })) {
        if (entry.isDirectory() || files.test(entry.name)) visit(`${path}/${entry.name}`);
      }
    }
  };
  for (const input of inputs) visit(input);
  return hash.digest("hex");
}

/**
 * Runs a program from the project's folder and says what and how long; its output is shown when it fails, or at once with "inherit", or 2 for stderr.
 * @param {string} what @param {string} program @param {string[]} args @param {"inherit" | "pipe" | 2} output
 */
async function run(what, program, args, output = "pipe") {
  const began = performance.now();
  console.error(`[setup] ${what} ...`);
  const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", output, output], shell: program.endsWith(".cmd") });
  children.add(child);
  let text = "";
  child.stdout?.on("data", (chunk) => (text += chunk));
  child.stderr?.on("data", (chunk) => (text += chunk));
  const [code, signal] = await new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (...ended) => done(ended));
  });
  children.delete(child);
  if (code === 0) return console.error(`[setup] ${what.split(":")[0]}: done in ${seconds(began)}`);
  process.stderr.write(text);
  const how = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
  throw new StepFailed(
    `${what} ${how} after ${seconds(began)}.`,
    signal ? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)] : code,
  );
}

/** Waits for all, so that the output of one step does not run into the error of another. @param {Promise<void>[]} steps */
async function together(...steps) {
  for (const result of await Promise.allSettled(steps)) if (result.status === "rejected") throw result.reason;
}

/** npm as it was called, or the one in the path. @param {string[]} args @returns {[string, string[]]} */
function npm(args) {
  const script = process.env.npm_execpath;
  if (script?.endsWith(".js")) return [process.execPath, [script, ...args]];
  return [process.platform === "win32" ? "npm.cmd" : "npm", args];
}

/** @param {string} path */
function load(path) {
  return import(pathToFileURL(join(ROOT, path)).href);
}

/** @param {number} began */
function seconds(began) {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

/** @param {NodeJS.Signals} signal */
function stop(signal) {
  for (const child of children) child.kill(signal);
  process.exit(128 + constants.signals[signal]);
}

// ---- Start --------------------------------------------------------------------------------------------------------

const [name = "", ...rest] = process.argv.slice(2);
const verb = VERBS[name];
if (!verb) {
  console.error(`setup.mjs: "${name}": expected one of ${Object.keys(VERBS).join(", ")}.`);
  process.exit(2);
}
for (const signal of SIGNALS) process.on(signal, stop);
try {
  await verb(rest[0] === "--" ? rest.slice(1) : rest);
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(`[setup] ${error.message}`);
  process.exitCode = error.exitCode;
}
