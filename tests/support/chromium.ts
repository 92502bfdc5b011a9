/*
 * Debian's Chromium without a window, as tests and the benchmark start it.
 */

import { type Browser, type BrowserContext, chromium } from "playwright-core";
import type { Need } from "../../kernels/debian/host.js";
import { programPath } from "./tools.js";

export const CHROMIUM: Need = { what: "chromium", package: "chromium" };

/** Nothing here changes how fast a page computes. */
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Undefined when it is not installed. */
export function chromiumPath(): string | undefined {
  return programPath(CHROMIUM.what);
}

/** It ends with this process, and at SIGTERM before it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch(options());
}

/** One that keeps what pages store in `profile`, a folder. */
export function launchProfile(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, options());
}

function options() {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error(`Install the package ${CHROMIUM.package}.`);
  return { executablePath, args: ["--headless", "--no-sandbox", ...QUIET] };
}
