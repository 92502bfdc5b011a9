/*
 * <colinux-terminal> with programs of the guest, in Debian's Chromium.
 */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { chromiumPath, launchChromium } from "../support/chromium.js";
import { type PageServer, servePage } from "../support/page-server.js";
import type {} from "./terminal-page.js";

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("<colinux-terminal>", () => {
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const [kernel, initramfs] = [findKernel()!.image, findInitramfs()!.cpio];
    server = await servePage({ script: "tests/browser/terminal-page.ts", kernel, initramfs });
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.terminal !== undefined);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const sees = (pattern: RegExp) =>
    page.waitForFunction((source) => new RegExp(source, "m").test(terminal.text), pattern.source);

  test("shows a program that has a terminal, to its end", async () => {
    const ended = page.evaluate(async () => {
      const size = { columns: 10, rows: 5 };
      const shell = await machine.exec(["sh", "-c", "read line; stty size; echo got $line"], { tty: size });
      const shown = terminal.attach(shell);
      terminal.focus();
      await shown;
      return { exit: await shell.exited, text: terminal.text, size: `${terminal.rows} ${terminal.columns}` };
    });
    await page.waitForFunction(() => document.activeElement === terminal);
    await page.keyboard.type("words\n");
    const { exit, text, size } = await ended;
    expect(exit).toEqual({ code: 0 });
    expect(text).toBe(`words\n${size}\ngot words`);
  });

  test("forgets what it was given before a reset, and shows what it is given after", async () => {
    const text = await page.evaluate(async () => {
      // Half a character, and half a title.
      for (const before of ["before", Uint8Array.of(0xe2, 0x82), "\x1b]0;before"]) {
        void terminal.write(before);
        void terminal.reset();
      }
      await terminal.write("after");
      return terminal.text;
    });
    expect(text).toBe("after");
  });

  test("passes on all of a long paste", async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} of what is pasted`).join("\n");
    const bytes = await page.evaluate(async (text) => {
      void terminal.reset();
      const cat = await machine.exec(["sh", "-c", "stty -echo; echo ready; cat > /tmp/pasted"], { tty: true });
      const shown = terminal.attach(cat);
      while (!terminal.text.includes("ready")) await new Promise((later) => setTimeout(later, 10));
      terminal.paste(text);
      terminal.paste("\n\x04");
      await shown;
      return (await machine.files.stat("/tmp/pasted")).size;
    }, lines);
    expect(bytes).toBe(lines.length + 1);
  });

  test("goes from one to the other, and loses nothing of what it does not show", async () => {
    await page.evaluate(() => {
      void terminal.reset();
      void terminal.attach(machine.console);
    });
    await page.keyboard.type("\n");
    await sees(/# ?$/);
    await page.evaluate(async () => {
      terminal.detach();
      void terminal.reset();
      await terminal.write("alone");
      const input = machine.console.input.getWriter();
      await input.write(new TextEncoder().encode("echo while a''way\n"));
      input.releaseLock();
    });
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => terminal.text)).toBe("alone");
    await page.evaluate(() => void terminal.attach(machine.console));
    await sees(/^while away$/);
  });

  test("stays what it is when it is moved, and fits its new place", async () => {
    const before = await page.evaluate(() => terminal.columns);
    await page.evaluate(() => {
      const place = document.createElement("div");
      place.style.cssText = "width: 300px; height: 200px";
      document.body.prepend(place);
      place.append(terminal);
      terminal.focus();
    });
    await page.waitForFunction((columns) => terminal.columns < columns, before);
    await page.keyboard.type("clear; echo still; stty size\n");
    await sees(/^still$/);
    const { rows, columns } = await page.evaluate(() => ({ rows: terminal.rows, columns: terminal.columns }));
    await sees(new RegExp(`^${rows} ${columns}$`));
  });

  test("measures again when a font of the page has come", async () => {
    const [before, after] = await page.evaluate(async () => {
      terminal.style.fontFamily = "wide, monospace";
      const columns = terminal.columns;
      const face = new FontFace("wide", 'local("DejaVu Sans Mono"), local("Liberation Mono"), local("Noto Sans")', {
        sizeAdjust: "200%",
      } as FontFaceDescriptors);
      document.fonts.add(face);
      await face.load().catch(() => undefined);
      await new Promise((later) => setTimeout(later, 500));
      return [columns, terminal.columns, face.status];
    });
    expect(after).toBeLessThan(before as number);
  });
});
