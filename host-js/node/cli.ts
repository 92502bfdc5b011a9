#!/usr/bin/env node
/*
 * The program `colinux`: runs the command and ends with its exit code, whatever happens on the way.
 */

import { isatty } from "node:tty";
import { run, tellFault } from "./command.js";

process.on("uncaughtException", (error) => process.exit(tellFault(error)));

const exitCode = await run(process.argv.slice(2));
// With its terminal gone, Node 20 fails an assertion of its own when it exits; ended by the signal it does not.
if (process.stdin.isTTY && !isatty(0)) process.kill(process.pid, "SIGHUP");
process.exit(exitCode);
