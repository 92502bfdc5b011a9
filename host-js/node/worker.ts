/*
 * The thread that a machine lives in, so that the caller's event loop stays the caller's.
 */

import { parentPort } from "node:worker_threads";
import { serveGuest } from "../common/border/serve.js";
import { LocalGuest } from "../common/local-guest.js";
import { bootHere } from "./boot-here.js";
import type { BootOptions } from "./boot-options.js";

const port = parentPort;
if (port === null) throw new Error("This file is the thread of a machine; import colinux instead.");

serveGuest(
  {
    post: (message) => port.postMessage(message),
    listen: (receive) => void port.on("message", receive),
  },
  (options, report) => bootHere({ ...(options as BootOptions), report }, (here) => LocalGuest.boot(here)),
);
