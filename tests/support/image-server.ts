/*
 * A disk image on a server of its own, and so of another origin than the page: ranges, and whatever a server may do wrong.
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Where the image's bytes are. */
export interface ImageSource {
  readonly bytes: number;
  read(from: number, to: number): Uint8Array;
}

export class ImageServer {
  /** Of each range that was asked for, the bounds. */
  readonly asked: (readonly [from: number, to: number])[] = [];
  etag: string | undefined = '"one"';
  modified: string | undefined = "Mon, 01 Jun 2026 10:00:00 GMT";
  /** What pages of other origins may see of the answer. */
  exposes = "Content-Range, ETag";
  ranges = true;
  cacheControl: string | undefined;
  /** Answers so many requests with this status. */
  refuses = { times: 0, status: 503 };
  /** Cuts so many answers in their middle. */
  cuts = 0;
  /** Answers nobody until it is called. */
  hold: Promise<void> = Promise.resolve();
  private readonly server = createServer((request, response) => void this.answer(request, response));

  private constructor(public image: ImageSource) {}

  static async serve(image: ImageSource): Promise<ImageServer> {
    const server = new ImageServer(image);
    await new Promise<void>((listening) => server.server.listen(0, "127.0.0.1", listening));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/disk.img`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer({ method, headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.hold;
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "range, if-range");
    response.setHeader("access-control-expose-headers", this.exposes);
    if (this.etag) response.setHeader("etag", this.etag);
    if (this.modified) response.setHeader("last-modified", this.modified);
    if (this.cacheControl) response.setHeader("cache-control", this.cacheControl);
    if (method === "OPTIONS") return void response.writeHead(204).end();
    if (this.refuses.times > 0) {
      this.refuses.times--;
      return void response.writeHead(this.refuses.status).end();
    }
    if (method === "HEAD") return void response.writeHead(200, { "content-length": this.image.bytes }).end();
    const [, begin, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
    if (this.etag !== undefined && headers["if-none-match"] === this.etag) return void response.writeHead(304).end();
    const same = [undefined, this.etag, this.modified].includes(headers["if-range"] as string | undefined);
    if (!this.ranges || begin === undefined || !same)
      return void response.writeHead(200).end(this.image.read(0, this.image.bytes));
    const from = Number(begin);
    const to = Math.min(Number(last) + 1, this.image.bytes);
    if (from >= to) return void response.writeHead(416).end();
    this.asked.push([from, to]);
    const body = this.image.read(from, to);
    response.writeHead(206, {
      "content-range": `bytes ${from}-${to - 1}/${this.image.bytes}`,
      "content-length": body.length,
    });
    if (this.cuts === 0) return void response.end(body);
    this.cuts--;
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  }
}

export function inMemory(content: Uint8Array): ImageSource {
  return { bytes: content.length, read: (from, to) => content.subarray(from, to) };
}

/** To be closed when nobody asks any more. */
export function inFile(path: string): ImageSource & { close(): void } {
  const fd = openSync(path, "r");
  return {
    bytes: fstatSync(fd).size,
    read: (from, to) => {
      const into = new Uint8Array(to - from);
      readSync(fd, into, 0, into.length, from);
      return into;
    },
    close: () => closeSync(fd),
  };
}
