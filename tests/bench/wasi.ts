/*
 * Runs a WASI program in this process: node wasi.js FILE [word ...]. What it prints is written at once.
 */

import { readFileSync, writeSync } from "node:fs";
import { ConsoleStdout, WASI } from "@bjorn3/browser_wasi_shim";

const [, , file = "", ...words] = process.argv;
const write = (fd: number) => new ConsoleStdout((bytes) => writeSync(fd, bytes));
const wasi = new WASI(["rvb", ...words], [], [new ConsoleStdout(() => {}), write(1), write(2)]);
const module = new WebAssembly.Module(readFileSync(file));
const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport });
process.exitCode = wasi.start(instance as Parameters<WASI["start"]>[0]);
