#!/usr/bin/env node
/*
 * The program `colinux`: runs the command and ends with its exit code, whatever happens on the way.
 */

import { run, tellFault } from "./command.js";

process.on("uncaughtException", (error) => process.exit(tellFault(error)));

process.exit(await run(process.argv.slice(2)));
