import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AptState } from "../../kernels/debian/state.js";
import type { Progress } from "../../kernels/progress.js";

/** Nobody listens there: as a mirror out of reach, but at once. */
const MIRROR = "http://127.0.0.1:9/debian";

let cache: string;
let steps: string[];
const progress = { status: () => {}, step: (text: string) => steps.push(text) } as unknown as Progress;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "colinux-apt-"));
  steps = [];
  vi.stubEnv("XDG_CACHE_HOME", cache);
  vi.stubEnv("DEBIAN_MIRROR", MIRROR);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

async function configured(): Promise<AptState> {
  const state = new AptState("trixie", "riscv64");
  await state.configure();
  writeFileSync(join(state.dir, "apt.conf"), 'Acquire::Retries "0";\n', { flag: "a" });
  return state;
}

it("fails when the mirror cannot be read and never could", async () => {
  const state = await configured();
  await expect(state.update(progress)).rejects.toMatchObject({ code: "MIRROR_UNREACHABLE" });
});

it("goes on with the lists and sources from before when the mirror cannot be read now", async () => {
  const state = await configured();
  const sources = join(state.dir, "etc/sources.list");
  const stamp = join(state.dir, "state/fetched");
  writeFileSync(sources, "# those of before\n");
  writeFileSync(stamp, `${JSON.stringify({ main: MIRROR })}\n`);
  utimesSync(stamp, 1_700_000_000, 1_700_000_000);
  expect(state.listsAreFresh()).toBe(false);

  await state.update(progress);

  expect(steps.at(-1)).toContain("2023-11-14T22:13:20.000Z");
  expect(readFileSync(sources, "utf8")).toBe("# those of before\n");
});

it("does not take the lists of another mirror for those of this one", async () => {
  const state = await configured();
  writeFileSync(join(state.dir, "etc/sources.list"), "");
  writeFileSync(join(state.dir, "state/fetched"), `${JSON.stringify({ main: "http://other.invalid/debian" })}\n`);
  await expect(state.update(progress)).rejects.toMatchObject({ code: "MIRROR_UNREACHABLE" });
});

it("asks a mirror that does not have the release under its codename for the roles of releases, and says what the codename lacked", async () => {
  const asked: string[] = [];
  const mirror = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(404).end();
  });
  await new Promise<void>((listening) => mirror.listen(0, "127.0.0.1", listening));
  try {
    vi.stubEnv("DEBIAN_MIRROR", `http://127.0.0.1:${(mirror.address() as AddressInfo).port}/debian`);
    const state = await configured();
    await expect(state.update(progress)).rejects.toThrow(/ trixie Release/);
    const releases = asked.filter((path) => path.endsWith("/InRelease")).map((path) => path.split("/").at(-2));
    expect([...new Set(releases)]).toEqual(["trixie", "stable", "oldstable"]);
  } finally {
    mirror.close();
  }
});
