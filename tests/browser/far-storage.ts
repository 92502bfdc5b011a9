/*
 * Storages in a Worker of Chromium, as a test uses them.
 */

import type { BrowserContext, Page } from "playwright-core";
import type { Storage } from "../../host-js/common/index.js";
import type { PageServer } from "../support/page-server.js";

export type StorageWish =
  | { opfs: string }
  | { http: string; options?: { retryMs?: number[]; stalledMs?: number; cacheBytes?: number } }
  | { disk: { image?: string; keep?: string; bytes?: number; readOnly?: boolean } };

export class StoragePage {
  private constructor(readonly page: Page) {}

  static async open(context: BrowserContext, server: PageServer): Promise<StoragePage> {
    const page = await context.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => document.title !== "");
    return new StoragePage(page);
  }

  async storage(wish: StorageWish): Promise<Storage> {
    const { number, bytes, readOnly } = await this.ask({ do: "open", ...wish });
    return new PageStorage(this, number!, bytes!, readOnly!);
  }

  async reports(): Promise<string[]> {
    return (await this.ask({ do: "reports" })).reports!;
  }

  /** Rejects with what the storage threw. */
  async ask(request: object) {
    const { error, ...answer } = await this.page.evaluate((sent) => askStorage(sent as never), request);
    if (error) throw Object.assign(new Error(error.message), error);
    return answer;
  }
}

class PageStorage implements Storage {
  constructor(
    private readonly page: StoragePage,
    private readonly number: number,
    readonly bytes: number,
    readonly readOnly: boolean,
  ) {}

  async read(offset: number, into: Uint8Array): Promise<void> {
    const { number } = this;
    const { data } = await this.page.ask({ do: "read", number, offset, bytes: into.length });
    into.set(Buffer.from(data!, "base64"));
  }

  async write(offset: number, from: Uint8Array): Promise<void> {
    const { number } = this;
    await this.page.ask({ do: "write", number, offset, data: Buffer.from(from).toString("base64") });
  }

  async flush(): Promise<void> {
    await this.page.ask({ do: "flush", number: this.number });
  }

  async close(): Promise<void> {
    await this.page.ask({ do: "close", number: this.number });
  }
}
