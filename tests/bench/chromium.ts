/*
 * Our machine in Chromium as a process whose stdin and stdout are the guest's console, as machine.ts wants it:
 *
 *     node chromium.js KERNEL INITRD MEMORY_MIB COMMAND_LINE [--no-jit]
 *
 *     round.ts                this process                   Chromium
 *      stdout  <------------- Runtime.bindingCalled <------- page <------ Worker
 *      stdin   -------------> Runtime.evaluate ------------> page ------> Worker
 *
 * The bytes take the pipe over which Chromium is driven: it is open anyway and keeps their order. They take it as text of one character per
 * byte, in messages without answers, 0.6 ms from the Worker to here (by `page.exposeFunction`, which answers, ten times that on a busy
 * machine). That delays the begin of a measurement as much as its end, and the Worker goes on with the guest meanwhile.
 */

import { launchChromium } from "../support/chromium.js";
import { servePage } from "../support/page-server.js";
import type { PageOptions } from "./chromium-page.js";

const MIB = 1 << 20;
const EXIT_FAILED = 1;

const [, , kernel = "", initramfs = "", memoryMib = "", commandLine = "", jit = ""] = process.argv;
const options: PageOptions = {
  ramBytes: Number(memoryMib) * MIB,
  commandLine,
  ...(jit === "--no-jit" && { jitThreshold: 0 }),
};

const server = await servePage({ script: "tests/bench/chromium-page.ts", kernel, initramfs });
try {
  const browser = await launchChromium();
  // Whoever started this is gone.
  process.stdin.on("end", () => void browser.close());
  process.stdout.on("error", () => undefined);

  const page = await browser.newPage();
  page.on("pageerror", ({ message }) => console.error(message));
  page.on("console", (message) => console.error(message.text()));

  const devTools = await page.context().newCDPSession(page);
  devTools.on("Runtime.bindingCalled", ({ payload }) => process.stdout.write(payload, "latin1"));
  await devTools.send("Runtime.enable");
  await devTools.send("Runtime.addBinding", { name: "consoleOutput" satisfies keyof typeof globalThis });
  await page.goto(server.url);

  process.stdin.setEncoding("latin1").on("data", (text: string) => {
    const expression = `consoleInput(${JSON.stringify(text)})`;
    devTools.send("Runtime.evaluate", { expression }).catch(() => undefined);
  });

  // Rejects when the browser is closed, as it is at SIGTERM.
  const reason = await page.evaluate((asked) => runMachine(asked), options);
  console.error(JSON.stringify(reason));
  await browser.close();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = EXIT_FAILED;
} finally {
  // Nothing else keeps this process then but Chromium, until its files are removed.
  server.close();
  process.stdin.destroy();
}
