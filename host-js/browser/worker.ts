/*
 * The Worker that a machine lives in, so that the page stays its own.
 */

import { serveGuest } from "../common/border/serve.js";
import { LocalGuest } from "../common/local-guest.js";
import { BrowserEnvironment } from "./environment.js";
import type { WorkerBootOptions } from "./index.js";

/** What a Worker is to itself; lib.dom knows only pages. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  postMessage(message: unknown): void;
}

const page = globalThis as unknown as WorkerScope;

serveGuest(
  {
    post: (message) => page.postMessage(message),
    listen: (receive) => {
      page.onmessage = ({ data }) => receive(data);
    },
  },
  (options, report) =>
    LocalGuest.boot({ ...(options as WorkerBootOptions), environment: new BrowserEnvironment(), report }),
);
