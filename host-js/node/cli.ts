#!/usr/bin/env node

/*
 * The program `colinux`: runs the command and ends with its exit code, whatever happens on the way.
 */

import { isatty } from "node:tty";
import { setFlagsFromString } from "node:v8";
import { run, tellFault } from "./command.js";

// Node 20 has fused multiply-add only behind a flag, which must be set before the first module is compiled. A guest's floating point is several times faster with it.
if (process.versions.v8.startsWith("11.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

process.on("uncaughtException", (error) => process.exit(tellFault(error)));

const exitCode = await run(process.argv.slice(2));
// With its terminal gone, Node 20 fails an assertion of its own when it exits; ended by the signal it does not.
if (process.stdin.isTTY && !isatty(0)) process.kill(process.pid, "SIGHUP");
process.exit(exitCode);
