/*
 * What the agent is made of: its C files beside this one, the header with the protocol's numbers, and Debian's musl for the guest's
 * processor. musl, because its static programs are small (an empty one with glibc has 420 KB) and the kernel's nolibc goes with the kernel's source,
 * which is not kept.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROTOCOL } from "../../host-js/common/agent/protocol.js";
import { hashOf, kernelsRoot } from "../cache.js";

/** Package with musl's headers and static library. */
export const MUSL = "musl-dev";

export const COMPILER_FLAGS = [
  "-std=c11",
  "-D_GNU_SOURCE",
  "-Os",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-fno-asynchronous-unwind-tables",
  "-ffunction-sections",
  "-fdata-sections",
];

export interface Source {
  readonly name: string;
  readonly data: Uint8Array;
}

export interface Recipe {
  readonly hash: string;
  readonly sources: readonly Source[];
}

/** Reads the recipe: a few small files. */
export function agentRecipe(): Recipe {
  const folder = join(kernelsRoot(), "agent");
  const names = readdirSync(folder).filter((name) => /\.[ch]$/.test(name));
  const own = names.sort().map((name) => ({ name, data: readFileSync(join(folder, name)) }));
  const parts = [MUSL, ...COMPILER_FLAGS, ...own.flatMap(({ name, data }) => [name, data])];
  const hash = hashOf([...parts, protocolHeader("")]);
  return { hash, sources: [...own, { name: "protocol.h", data: Buffer.from(protocolHeader(hash)) }] };
}

/** The numbers of the protocol for C, and what this build is called. */
function protocolHeader(build: string): string {
  const numbers = Object.entries(PROTOCOL).map(([name, value]) => `#define CO_${name} ${value}\n`);
  return `#pragma once\n${numbers.join("")}#define CO_BUILD "${build}"\n`;
}
