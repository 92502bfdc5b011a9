#!/usr/bin/env node

/*
 * The program `colinux`: runs the command and ends with its exit code, whatever happens on the way.
 */

import { isatty } from "node:tty";
import { setFlagsFromString } from "node:v8";
import { tellFault } from "./asked.js";
import { run } from "./command.js";

// How this process compiles is ours to say, as long as nothing was compiled. Compiled guest code is short and hot from the start: V8 shall optimise it three times as early as it would (measured: a quarter to a half less time in
// shell loops and SHA-256), and place what is hardly ever executed behind the rest (a fifth less time in floating point). Node 20 has fused multiply-add only behind a flag, without which a
// guest's floating point is several times slower.
const engine = Number.parseInt(process.versions.v8, 10);
setFlagsFromString("--wasm-tiering-budget=500000");
// V8 complains of flags that it does not know; these versions were looked at.
if (engine < 14) setFlagsFromString("--experimental-wasm-branch-hinting");
if (engine === 11) setFlagsFromString("--experimental-wasm-relaxed-simd");

process.on("uncaughtException", (error) => process.exit(tellFault(error)));

const exitCode = await run(process.argv.slice(2));
// With its terminal gone, Node 20 fails an assertion of its own when it exits; ended by the signal it does not.
if (process.stdin.isTTY && !isatty(0)) process.kill(process.pid, "SIGHUP");
process.exit(exitCode);
