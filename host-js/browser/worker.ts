/*
 * The Worker that a machine lives in, so that the page stays its own. It opens the disks that the page described.
 */

import { serveGuest } from "../common/border/serve.js";
import { LocalGuest } from "../common/local-guest.js";
import { BrowserEnvironment } from "./environment.js";
import type { WorkerBootOptions } from "./index.js";
import { openDisks } from "./open-disks.js";

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
  async (options, report) => {
    const { disks = [], ...rest } = options as WorkerBootOptions;
    const { storages, closeOwn } = await openDisks(disks, report);
    try {
      return await LocalGuest.boot({ ...rest, disks: storages, environment: new BrowserEnvironment(), report });
    } catch (error) {
      await closeOwn();
      throw error;
    }
  },
);
