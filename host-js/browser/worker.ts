/*
 * The Worker that a machine lives in, so that the page stays its own. Speaks messages.ts; one Worker, one machine.
 */

import { ColinuxError, Machine } from "../common/index.js";
import { Credit } from "./credit.js";
import { BrowserEnvironment } from "./environment.js";
import { CREDIT_BYTES, type FromWorker, type ToWorker } from "./messages.js";

/** What a Worker is to itself; lib.dom knows only pages. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}

const page = globalThis as unknown as WorkerScope;

page.onmessage = async ({ data }) => {
  if (data.kind !== "boot") return;
  try {
    serve(await Machine.boot({ ...data.options, environment: new BrowserEnvironment() }));
    page.postMessage({ kind: "booted" });
  } catch (error) {
    const code = error instanceof ColinuxError ? { code: error.code } : {};
    page.postMessage({ kind: "refused", ...code, message: error instanceof Error ? error.message : String(error) });
  }
};

function serve(machine: Machine): void {
  const credit = new Credit(CREDIT_BYTES);
  const input = machine.console.input.getWriter();
  page.onmessage = ({ data }) => {
    switch (data.kind) {
      case "input":
        input.write(data.bytes).then(
          () => page.postMessage({ kind: "inputTaken", count: data.bytes.byteLength }),
          () => undefined,
        );
        break;
      case "outputTaken":
        credit.giveBack(data.count);
        break;
      case "resize":
        machine.console.resize(data.columns, data.rows);
        break;
      case "kill":
        void machine.kill();
        break;
    }
  };
  void sendOutput(machine, credit);
  void machine.stopped.then((reason) => page.postMessage({ kind: "stopped", reason }));
}

async function sendOutput(machine: Machine, credit: Credit): Promise<void> {
  const reader = machine.console.output.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const bytes = value.slice();
    page.postMessage({ kind: "output", bytes }, [bytes.buffer]);
    await credit.spend(value.byteLength);
  }
  page.postMessage({ kind: "outputEnded" });
}
