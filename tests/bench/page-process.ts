/*
 * A page of Chromium as a process whose stdin and stdout are the console of the machine in it, as machine.ts wants it.
 *
 *     round.ts                this process                   Chromium
 *      stdout  <------------- Runtime.bindingCalled <------- page: consoleOutput(text)
 *      stdin   -------------> Runtime.evaluate ------------> page: consoleInput(text)
 *
 * The bytes take the pipe over which Chromium is driven: it is open anyway and keeps their order. They take it as text of one character per
 * byte, in messages without answers, 0.6 ms from a Worker to here (by `page.exposeFunction`, which answers, ten times that on a busy
 * machine). That delays the begin of a measurement as much as its end, and a Worker goes on with the guest meanwhile.
 */

import { launchChromium } from "../support/chromium.js";
import type { FileServer } from "../support/file-server.js";

declare global {
  /** A page of such a process has it: boots, and returns why the guest ended when it has. */
  function runMachine(options: unknown): Promise<unknown>;
  /** One character per byte, as with `consoleOutput`, which is no function of the page's. */
  function consoleInput(text: string): void;
  function consoleOutput(text: string): void;
}

const EXIT_FAILED = 1;

/** Runs the machine of the page at the root of `server`, until it ends or whoever started this process is gone. */
export async function runPage(server: FileServer, options: unknown): Promise<void> {
  const browser = await launchChromium();
  try {
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
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = EXIT_FAILED;
  } finally {
    // Nothing else keeps this process then.
    await browser.close();
    server.close();
    process.stdin.destroy();
  }
}
