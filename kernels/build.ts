/*
 * The command that makes what the guest boots: `node dist/kernels/build.js [kernel|initramfs|all|package]`. It prints where
 * the results are, one path a line, on standard output; progress and errors go to standard error. `package` is for `npm pack`.
 */

import { ensureInitramfs, ensureKernel, explain, ProgressBoard, packGuest } from "./index.js";

const tasks = {
  kernel: async (board: ProgressBoard) => (await ensureKernel(board.task("kernel"))).image,
  initramfs: async (board: ProgressBoard) => (await ensureInitramfs(board.task("initramfs"))).cpio,
  package: async (board: ProgressBoard) => packGuest(board.task("package")),
};

async function main(): Promise<number> {
  const what = process.argv[2] ?? "all";
  const wanted =
    what === "all"
      ? [tasks.kernel, tasks.initramfs]
      : Object.entries(tasks).flatMap(([name, task]) => (name === what ? [task] : []));
  if (wanted.length === 0 || process.argv.length > 3) {
    process.stderr.write("Usage: build.js [kernel|initramfs|all|package]\n");
    return 2;
  }
  const board = new ProgressBoard(process.stderr);
  const results = await Promise.allSettled(wanted.map((task) => task(board)));
  board.close();
  let status = 0;
  for (const result of results) {
    if (result.status === "fulfilled") {
      process.stdout.write(`${result.value}\n`);
      continue;
    }
    const text = explain(result.reason);
    if (text === undefined) throw result.reason;
    process.stderr.write(`${text}\n`);
    status = 1;
  }
  return status;
}

// Whatever ends this process ends what it has started (command.ts), so that no compiler works on alone.
for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
  process.once(signal, () => process.exit(128 + number));
}
process.exitCode = await main();
