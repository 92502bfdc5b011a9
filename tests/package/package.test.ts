/*
 * The npm package in the hands of its users: it is small and complete, boots by itself, and resolves for compilers and bundlers.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { publint } from "publint";
import { beforeAll, describe, expect, test } from "vitest";
import { findInitramfs, findKernel, type GuestDescription } from "../../kernels/index.js";
import { chromiumPath, launchChromium } from "../support/chromium.js";
import { servePage } from "../support/page-server.js";
import { type Installed, installedPackage, ROOT, runIn, toolPath } from "./installed.js";

const PACKED_BYTES_MAX = 15e6;

const install = installedPackage();
let installed: Installed;
let colinux: string;
beforeAll(async () => {
  installed = await install();
  colinux = join(installed.project, "node_modules/colinux");
}, 120_000);

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();

const textOf = (path: string): string => readFileSync(join(colinux, path), "utf8");

describe("the package", () => {
  test("is small, and holds nothing that nobody needs", () => {
    expect(statSync(installed.tarball).size).toBeLessThan(PACKED_BYTES_MAX);
    const files = filesIn(colinux).filter((path) => !path.startsWith("node_modules/"));
    const tops = new Set(files.map((path) => path.split("/").slice(0, 2).join("/")));
    expect([...tops].sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist/NOTICES",
      "dist/assembly",
      "dist/core.wasm",
      "dist/guest",
      "dist/host-js",
      "dist/kernels",
      "dist/page",
      "docs/ABI.md",
      "docs/AGENT.md",
      "docs/ARCHITECTURE.md",
      "docs/RATIONALE.md",
      "docs/examples",
      "kernels/agent",
      "kernels/image",
      "kernels/linux",
      "kernels/rootfs",
      "package.json",
    ]);
    const odd = files.filter((path) => path.startsWith("dist/") && /(?<!\.d)\.ts$|\.map$|\.tsbuildinfo$/.test(path));
    expect(odd).toEqual([]);
  });

  test("needs no other package", () => {
    expect(readdirSync(join(installed.project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "colinux",
    ]);
  });

  test("boots by npx, and writes nothing anywhere", async () => {
    const before = filesIn(installed.project);
    const { stdout, stderr } = await runIn(installed, ["npx", "colinux"], "uname -m\npoweroff\n");
    expect(stdout).toMatch(/^riscv64\r?$/m);
    expect(stderr).toBe("colinux: Powered off.\n");
    const { XDG_CACHE_HOME, TMPDIR, HOME } = installed.env;
    expect(filesIn(installed.project)).toEqual(before);
    expect([XDG_CACHE_HOME, TMPDIR].flatMap((folder) => readdirSync(folder))).toEqual([]);
    // npx keeps a log of its own.
    expect(readdirSync(HOME).filter((name) => name !== ".npm")).toEqual([]);
  });

  test("names the kernel's functions in profiles", async () => {
    const profile = join(installed.env.TMPDIR, "profile.json");
    await runIn(installed, ["npx", "colinux", "--profile", profile], "poweroff\n");
    const { frames } = JSON.parse(readFileSync(profile, "utf8")).shared as { frames: { name: string }[] };
    const known = new Set(readFileSync(findKernel()!.systemMap, "latin1").split(/\s/));
    expect(frames.filter(({ name }) => known.has(name)).length).toBeGreaterThan(20);
  });

  test("boots as a library", async () => {
    const program = `
      import { Machine } from "colinux";
      const machine = await Machine.boot({ ramBytes: 64 << 20 });
      await machine.console.input.getWriter().write(new TextEncoder().encode("poweroff\\n"));
      console.log(await machine.stopped);
    `;
    const { stdout } = await runIn(installed, ["node", "--input-type=module", "-e", program]);
    expect(stdout).toBe("{ kind: 'poweroff' }\n");
  });
});

describe("types", () => {
  const program = `
    import { type BootOptions, ColinuxError, Machine, type Storage } from "colinux";
    import { Machine as PageMachine } from "colinux/browser";
    import type { ColinuxTerminal } from "colinux/terminal";
    const disk: Storage = { bytes: 512, readOnly: true, read() {}, write() {}, flush() {}, close() {} };
    const options: BootOptions = { disks: [disk], ramBytes: 64 << 20 };
    const machine: Machine = await Machine.boot(options);
    const reason = await machine.stopped;
    if (reason.kind === "panic") console.log(reason.message);
    // @ts-expect-error: there is no such option, and the types know it
    await Machine.boot({ ram: 1 });
    const page: PageMachine = await PageMachine.boot({ core: "core.wasm", kernel: "kernel.gz" });
    if ((page as unknown) instanceof ColinuxError) await page.kill();
    const terminal = document.querySelector("colinux-terminal")!;
    await terminal.attach(page.console);
    await terminal.attach(await page.shell({ tty: { columns: terminal.columns, rows: terminal.rows } }));
    const other: ColinuxTerminal = terminal;
    other.focus();
  `;

  test.each([
    ["nodenext", "nodenext"],
    ["bundler", "esnext"],
  ])("resolve with moduleResolution %s", async (moduleResolution, module) => {
    const folder = installed.project;
    writeFileSync(join(folder, "user.ts"), program);
    const compilerOptions = {
      module,
      moduleResolution,
      target: "es2022",
      lib: ["es2023", "dom"],
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["user.ts"] }));
    execFileSync(process.execPath, [toolPath("typescript", "bin/tsc"), "-p", folder], { stdio: "pipe" });
  });

  test("are not wrong", () => {
    // These are no modules but files to be fetched.
    const files = ["core.wasm", "kernel.gz", "initramfs.gz"];
    const args = [installed.tarball, "--profile", "esm-only", "--exclude-entrypoints", ...files];
    execFileSync(process.execPath, [toolPath("@arethetypeswrong/cli", "dist/index.js"), ...args], { stdio: "pipe" });
  });
});

test("publint finds nothing", async () => {
  const tarball = readFileSync(installed.tarball);
  const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer } });
  expect(messages).toEqual([]);
});

test("esbuild takes the browser's entry for colinux in a page", async () => {
  writeFileSync(
    join(installed.project, "page.js"),
    'import { Machine } from "colinux"; globalThis.boot = Machine.boot;',
  );
  const { outputFiles } = await build({
    absWorkingDir: installed.project,
    entryPoints: { page: "page.js", worker: "colinux/browser/worker.js" },
    bundle: true,
    format: "esm",
    platform: "browser",
    outdir: "bundle",
    write: false,
    logLevel: "silent",
  });
  const [page, worker] = outputFiles.map(({ text }) => text);
  expect(page).toContain('new Worker(new URL("./worker.js", import.meta.url)');
  expect(worker).toContain("onmessage = ");
});

test.skipIf(chromiumPath() === undefined && "chromium is not installed")(
  "a bundled page boots in Chromium",
  async () => {
    const script = `
    import { Machine } from "colinux/browser";
    const machine = await Machine.boot({ core: "core.wasm", kernel: "kernel", initrd: "initramfs" });
    await machine.console.input.getWriter().write(new TextEncoder().encode("uname -m; poweroff\\n"));
    const text = await new Response(machine.console.output).text();
    globalThis.outcome = { text, stopped: await machine.stopped };
  `;
    writeFileSync(join(installed.project, "page.js"), script);
    const [kernel, initramfs] = ["kernel.gz", "initramfs.gz"].map((name) => join(colinux, "dist/guest", name));
    const server = await servePage({
      project: installed.project,
      script: "page.js",
      kernel: kernel!,
      initramfs: initramfs!,
    });
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      const outcome = await page.waitForFunction(() => (globalThis as { outcome?: unknown }).outcome, undefined);
      expect(await outcome.jsonValue()).toEqual({
        text: expect.stringMatching(/^riscv64\r?$/m),
        stopped: { kind: "poweroff" },
      });
    } finally {
      await browser.close();
      server.close();
    }
  },
);

describe("licences", () => {
  const description = () => JSON.parse(textOf("dist/guest/guest.json")) as GuestDescription;

  test("name every package of the guest, with its copyright and its source", () => {
    const named = description().packages.map(({ name, version }) => `${name} ${version}`);
    const linux = `linux-source-6.12 ${findKernel()!.version}`;
    expect(named).toEqual([linux, ...findInitramfs()!.packages.trimEnd().split("\n")].sort());
    const text = textOf("dist/guest/SOURCES");
    for (const { name, version, sources } of description().packages) {
      expect(textOf(`dist/guest/copyright/${name}`).length).toBeGreaterThan(500);
      expect(text).toContain(`    ${name} ${version}, built from ${sources[0]!.name} ${sources[0]!.version}`);
      for (const source of sources) expect(text).toContain(`    ${source.name} ${source.version}\n`);
    }
  });

  test("name what was linked into static programs", () => {
    const busybox = description().packages.find(({ name }) => name === "busybox-static")!;
    expect(busybox.sources.map(({ name }) => name)).toEqual(["busybox", "glibc"]);
  });

  test("are there with their texts", () => {
    for (const name of readdirSync(join(colinux, "dist/guest/copyright"))) {
      const named = textOf(`dist/guest/copyright/${name}`).matchAll(/\/usr\/share\/common-licenses\/([\w.-]*\w)/g);
      for (const [, licence] of named)
        expect(existsSync(join(colinux, "dist/guest/licences", licence!)), licence).toBe(true);
    }
    expect(textOf("dist/guest/licences/GPL-2")).toContain("Version 2, June 1991");
    expect(textOf("kernels/linux/LICENSE")).toContain("Version 2, June 1991");
  });

  test("of npm packages in the command and the core are there too", () => {
    const notices = textOf("dist/NOTICES");
    const { dependencies } = JSON.parse(textOf("package.json")) as { dependencies: Record<string, string> };
    for (const [name, version] of Object.entries(dependencies))
      expect(notices).toMatch(new RegExp(`^${name} ${version} \\(.*\\), in dist/host-js/node/colinux.js$`, "m"));
    expect(notices).toMatch(/^@xterm\/xterm 6\..* \(MIT\), in dist\/host-js\/browser\/colinux-terminal\.js$/m);
    expect(notices).toMatch(/^assemblyscript .* in dist\/core\.wasm$/m);
    expect(notices).toContain("Apache License");
    expect(notices).toContain("Permission is hereby granted");
  });
});
