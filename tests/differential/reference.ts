/*
 * Running an image under QEMU. Guest RAM is a file: the image goes in, QEMU runs until the monitor powers off, and the same file holds
 * the results. Where the monitor asks for a reset QEMU is started anew on that file: a reset of its own leaves locked PMP entries locked
 * (pmp_unlock_entries goes over as many entries as are in use, from the first on), while "the A and L fields are set to 0" [priv 3.7.1].
 *
 * The hart has exactly our extensions: `rv64i` is the CPU of QEMU that has none of its own accord.
 */

import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "../../kernels/command.js";
import type { Qemu } from "../support/qemu/index.js";
import { completed, type Piece } from "./image.js";
import { RAM_BYTES } from "./layout.js";

const EXTENSIONS = [
  "m,a,f,d,c,s,u,mmu,pmp,zicsr,zifencei,zicntr,zba,zbb,zbs,zicond,zicbom,zicbop,zicboz,zawrs,zacas",
  "sstc,svinval,svnapot,svpbmt,svadu,svvptc,sv48",
]
  .join(",")
  .split(",");
const CPU = ["rv64i", ...EXTENSIONS.map((name) => `${name}=true`), "debug=false", "pmu-mask=0"].join(",");

/** What a start of QEMU and a case may take on a machine that has other things to do. */
const START_MS = 10_000;
const CASE_MS = 200;

/** Runs an image of `cases` cases and returns RAM as it is at the end, or as it is when the time is up: then `hung` is set. */
export async function runReference(
  qemu: Qemu,
  image: readonly Piece[],
  cases: number,
): Promise<{ ram: Uint8Array; hung: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), "colinux-differential-"));
  const file = join(folder, "ram");
  try {
    const fd = openSync(file, "w");
    ftruncateSync(fd, RAM_BYTES);
    for (const { offset, bytes } of image) writeSync(fd, bytes, 0, bytes.length, offset);
    closeSync(fd);
    for (;;) {
      const hung = await runOn(qemu, file, START_MS + CASE_MS * cases);
      const ram = readFileSync(file);
      if (hung || completed(ram) >= cases) return { ram, hung };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * With a single hart QEMU makes a load and a store of an AMO, and the load sets A bits and reads devices before the store finds that it may
 * not write; with a second one that sleeps it makes an atomic operation.
 */
const SMP = ["-smp", "2", "-accel", "tcg,thread=multi"];

/** Resolves when QEMU has ended: whether it had to be made to. */
function runOn(qemu: Qemu, file: string, timeoutMs: number): Promise<boolean> {
  const memory = `memory-backend-file,id=ram,size=${RAM_BYTES},mem-path=${file},share=on`;
  const machine = ["-M", "virt,memory-backend=ram", "-m", `${RAM_BYTES >> 20}`, "-cpu", CPU, "-bios", "none"];
  const plain = ["-object", memory, ...machine, "-nodefaults", "-no-reboot", "-display", "none", ...SMP];
  const child = start(qemu.command, [...qemu.args, ...plain], { env: qemu.env, stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  return new Promise((resolve, reject) => {
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(timer);
      if (hung || status === 0) resolve(hung);
      else reject(new Error(`QEMU ended with status ${status}: ${complaint.trim()}`));
    });
  });
}
