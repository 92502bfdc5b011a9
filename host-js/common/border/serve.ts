/*
 * The thread of a guest: waits for a caller to boot one, and serves it until it ends. One thread, one guest.
 */

import type { Guest } from "../guest.js";
import { unpackOptions } from "./options.js";
import { type CallerFunctions, CONSOLE_STREAM, type Endpoint, type GuestFunctions, openBorder } from "./rpc.js";

/** What boots here; `report` goes to the caller. */
export type Start = (options: object, report: (message: string) => void) => Promise<Guest>;

export function serveGuest(endpoint: Endpoint, start: Start): void {
  let guest: Awaited<ReturnType<Start>>;
  let nextStream = 1;
  const ports = new Set<number>();
  const connecting = new Map<number, AbortController>();

  const functions: GuestFunctions = {
    listen: (port) => void ports.add(port),
    boot: async (options) => {
      const unpacked = unpackOptions(options, (name, ...args) => border.call(name, ...(args as never)) as never);
      guest = await start(unpacked, (message) => border.tell("report", message));
      for (const port of ports) listen(port);
      const { output, input } = guest.console;
      const { sent, hurry } = border.streams.join(CONSOLE_STREAM, { readable: output, writable: input });
      void guest.stopped.then(async (reason) => {
        // Its last words must not wait for a reader.
        hurry();
        await sent;
        border.tell("stopped", reason, await guest.statistics());
      });
    },
    connect: async (stream, port) => {
      const abandoned = new AbortController();
      connecting.set(stream, abandoned);
      try {
        border.streams.join(stream, await guest.connections.connect(port, abandoned.signal));
      } finally {
        connecting.delete(stream);
      }
    },
    abandon: (stream) => connecting.get(stream)?.abort(),
    resize: (columns, rows) => guest.console.resize(columns, rows),
    kill: () => guest.kill(),
    reset: () => guest.reset(),
    bootEnded: () => guest.bootEnded(),
    press: (button) => guest.press(button),
    readMemory: (pa, bytes) => guest.readMemory(pa, bytes),
    statistics: () => guest.statistics(),
  };
  const border = openBorder<CallerFunctions>(endpoint, functions, () => undefined);

  function listen(port: number): void {
    guest.connections.listen(port, (connection, guestPort) => {
      const stream = nextStream;
      nextStream += 2;
      // It must be open there before the first bytes come.
      border.tell("accepted", stream, port, guestPort);
      border.streams.join(stream, connection);
    });
  }
}
