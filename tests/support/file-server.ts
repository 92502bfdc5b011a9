/*
 * A few files on a server of this machine's, for a browser on it. No header is sent that a plain file server would not send.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ServedFile {
  readonly type: string;
  /** Called for each request. */
  readonly bytes: () => string | Uint8Array;
}

export interface FileServer {
  readonly url: string;
  close(): void;
}

/** `files`: by their paths, which begin with a slash. */
export async function serve(files: ReadonlyMap<string, ServedFile>): Promise<FileServer> {
  const server = createServer(({ url = "/" }, response) => {
    const file = files.get(url);
    if (file) response.writeHead(200, { "content-type": file.type }).end(file.bytes());
    else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}
