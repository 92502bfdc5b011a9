/*
 * The example page in Debian's Chromium, from a plain file server at a sub-path with a strict content security policy: terminal, buttons, and errors in words.
 */

import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../kernels/package/page.js";
import { chromiumPath, launchChromium } from "../support/chromium.js";
import { temporaryFolder } from "../support/folder.js";
import { STRICT_POLICY, type StaticServer } from "../support/static-server.js";
import { Demo, serveDemo } from "./demo.js";

/** There is nothing before it, and nothing behind. */
const ONLY_PROMPT = /(?<![\s\S])\S+# ?(?![\s\S])/;

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("the example page", () => {
  const folder = temporaryFolder();
  let server: StaticServer;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    server = await serveDemo(await buildPage(folder));
    url = `${server.url}page/`;
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  describe("with a machine", () => {
    let demo: Demo;
    beforeAll(async () => {
      demo = await Demo.open(browser, url, { permissions: ["clipboard-read", "clipboard-write"] });
    });
    afterAll(() => demo?.close());

    test("gets to a prompt that takes what is typed", async () => {
      await demo.prompt();
      await demo.run("uname -m", /^riscv64$/);
    });

    test("pastes from the clipboard, which the shell can tell from typing", async () => {
      await demo.page.evaluate(() => navigator.clipboard.writeText("echo one$((1))\necho two$((1))\n"));
      await demo.page.keyboard.press("Control+Shift+V");
      await demo.sees(/echo two\$\(\(1\)\)/);
      expect(await demo.text()).not.toContain("one1");
      await demo.run("", /^two1$/);
    });

    test("copies what is selected", async () => {
      await demo.run("clear; echo; echo a-word-to-be-copied", /^a-word-to-be-copied$/);
      const { x, y, height } = (await demo.page.locator(".xterm-screen").boundingBox())!;
      const rows = await demo.page.evaluate(() => document.querySelector("colinux-terminal")!.rows);
      await demo.page.mouse.dblclick(x + 40, y + (height / rows) * 1.5);
      const selection = () => demo.page.evaluate(() => document.querySelector("colinux-terminal")!.selection);
      expect(await selection()).toBe("a-word-to-be-copied");
      await demo.page.keyboard.press("Control+Shift+C");
      await expect.poll(() => demo.page.evaluate(() => navigator.clipboard.readText())).toBe("a-word-to-be-copied");
    });

    test("tells the guest its size, at first and when it changes", async () => {
      const size = () =>
        demo.page.evaluate(() => {
          const { rows, columns } = document.querySelector("colinux-terminal")!;
          return `${rows} ${columns}`;
        });
      const first = await size();
      await demo.run("clear; stty size", new RegExp(`^${first}$`));
      await demo.page.setViewportSize({ width: 777, height: 555 });
      await expect.poll(size).not.toBe(first);
      await demo.run("clear; stty size", new RegExp(`^${await size()}$`));
    });

    test("is found by screen readers, with what it shows", async () => {
      await demo.run("echo to be read", /^to be read$/);
      const session = await demo.context.newCDPSession(demo.page);
      const names = async () => {
        const { nodes } = await session.send("Accessibility.getFullAXTree");
        return nodes.filter(({ ignored }) => !ignored).map(({ role, name }) => `${role?.value}: ${name?.value}`);
      };
      await expect.poll(names).toContain("StaticText: to be read");
      expect(await names()).toEqual(expect.arrayContaining(["region: Linux terminal", "textbox: Terminal input"]));
    });

    test("follows the system from light to dark", async () => {
      const background = () =>
        demo.page.locator("colinux-terminal .frame").evaluate((frame) => getComputedStyle(frame).backgroundColor);
      await demo.page.emulateMedia({ colorScheme: "light" });
      await expect.poll(background).toBe("rgb(255, 255, 255)");
      await demo.page.emulateMedia({ colorScheme: "dark" });
      await expect.poll(background).toBe("rgb(18, 21, 28)");
    });

    test("restarts, stops and starts", async () => {
      await demo.run("clear; touch /tmp/before", /[#$] ?$/);
      await demo.page.click("#restart");
      await demo.reaches("Loading");
      await demo.prompt();
      await demo.run("clear; ls /tmp/before", /No such file/);
      await demo.page.click("#stop");
      await demo.reaches("Stopped");
      await demo.sees(/^\[ Linux has switched itself off\. \]$/);
      await demo.page.click("#restart");
      await demo.prompt();
    });

    test("comes back when the guest reboots, and tells how it ended", async () => {
      await demo.run("clear; echo re''booting; reboot", /^rebooting[\s\S]*This is colinux[\s\S]*# ?$/);
      await demo.page.keyboard.type("echo c > /proc/sysrq-trigger\n");
      expect(await demo.card()).toBe("The kernel gave up\nIt says: sysrq triggered crash");
      await demo.page.click("#card button");
      await demo.prompt();
    });

    test("has the right time after the page was frozen, and loses nothing", async () => {
      const seconds = async () => {
        await demo.run("clear; date +at:%s:", /^at:\d+:$/);
        return Number(/^at:(\d+):$/m.exec(await demo.text())![1]);
      };
      const off = async () => Math.abs((await seconds()) - Date.now() / 1000);
      expect(await off()).toBeLessThan(2);
      await demo.run(
        "clear; (for i in $(seq 20); do sleep 0.2; echo tick $i; done; uptime -s >/dev/null; echo done$((1))) &",
        /^tick 3$/,
      );
      const session = await demo.context.newCDPSession(demo.page);
      await session.send("Page.setWebLifecycleState", { state: "frozen" });
      await new Promise((later) => setTimeout(later, 5000));
      await session.send("Page.setWebLifecycleState", { state: "active" });
      await demo.sees(/^tick 19\s+tick 20\s+done1$/);
      expect(await off()).toBeLessThan(2);
    });

    test("broke no rule of its policy, and asked nobody else", () => {
      expect(demo.complaints).toEqual([]);
      expect(demo.strangers).toEqual([]);
    });
  });

  const renderer = (demo: Demo) => demo.page.evaluate(() => document.querySelector("colinux-terminal")!.renderer);

  test("draws without graphics in all colours, under the same policy", async () => {
    const demo = await Demo.open(browser, url, { colorScheme: "dark" });
    await demo.prompt();
    expect(await renderer(demo)).toBe("dom");
    await demo.run("printf '\\e[38;2;250;120;10mmany\\e[0m\\e[31msixteen\\e[0m\\n'", /^manysixteen$/);
    const colour = (text: string) =>
      demo.page
        .locator(".xterm-rows span", { hasText: new RegExp(`^${text}$`) })
        .evaluate((span) => getComputedStyle(span).color);
    await expect.poll(() => colour("many")).toBe("rgb(250, 120, 10)");
    expect(await colour("sixteen")).toBe("rgb(240, 113, 120)");
    expect(demo.complaints).toEqual([]);
    await demo.close();
  });

  test("draws by WebGL where there are graphics, and without when they are lost", async () => {
    const pretendGraphics = (context: BrowserContext) =>
      context.addInitScript(() => {
        const { getParameter } = WebGL2RenderingContext.prototype;
        WebGL2RenderingContext.prototype.getParameter = function (name: number) {
          return name === 0x9246 ? "A graphics card" : getParameter.call(this, name);
        };
      });
    const demo = await Demo.open(browser, url, {}, pretendGraphics);
    await demo.prompt();
    expect(await renderer(demo)).toBe("webgl");
    await demo.page.evaluate(() => {
      for (const canvas of document.querySelector("colinux-terminal")!.shadowRoot!.querySelectorAll("canvas"))
        canvas.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
    });
    // xterm.js waits 3 s for it to come back.
    await expect.poll(() => renderer(demo), { timeout: 20_000 }).toBe("dom");
    await demo.run("echo drawn on", /^drawn on$/);
    await expect.poll(() => demo.page.locator(".xterm-rows").textContent()).toContain("drawn on");
    await demo.close();
  });

  test("has the keys that a phone has not", async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const demo = await Demo.open(browser, url, phone);
    await demo.prompt();
    const tap = (name: string) => demo.page.getByRole("button", { name, exact: true }).tap();
    await demo.run("echo $((6*7))", /^42$/);
    await demo.run("cat", /# cat$/);
    await tap("Control, for the next key");
    await demo.page.keyboard.type("c");
    await demo.sees(/\^C/);
    await demo.run("clear", ONLY_PROMPT);
    for (let up = 0; up < 3; up++) await tap("Up");
    await demo.page.keyboard.press("Enter");
    await demo.sees(/^42$/);
    await demo.run("clear; for i in $(seq 200); do echo line $i; done", /^line 200$/);
    const top = demo.page.locator(".xterm-accessibility-tree > div").first();
    const topLine = async () => Number((await top.textContent())!.slice("line ".length));
    await expect.poll(topLine).toBeGreaterThan(150);
    await demo.swipe(300, 600);
    await expect.poll(topLine).toBeLessThan(140);
    expect(demo.complaints).toEqual([]);
    await demo.close();
  });

  describe("says in words", () => {
    const failing = async (prepare: (context: BrowserContext) => Promise<unknown>): Promise<string> => {
      const demo = await Demo.open(browser, url, {}, prepare);
      const text = await demo.card();
      await demo.reaches("Failed");
      await demo.close();
      return text;
    };

    test("that a file is not there, and tries again", async () => {
      let missing = true;
      const demo = await Demo.open(browser, url, {}, (context) =>
        context.route("**/kernel.gz", (route) => (missing ? route.fulfill({ status: 404 }) : route.continue())),
      );
      expect(await demo.card()).toMatch(
        /^A file could not be loaded\n.*kernel\.gz cannot be fetched: .*404 Not Found/s,
      );
      missing = false;
      await demo.page.click("#card button");
      await demo.prompt();
      await demo.close();
    });

    test("that the browser is offline, and starts when it is not", async () => {
      const demo = await Demo.open(browser, url);
      await demo.prompt();
      await demo.page.click("#stop");
      await demo.reaches("Stopped");
      await demo.context.setOffline(true);
      await demo.page.click("#restart");
      expect(await demo.card()).toMatch(/^A file could not be loaded\n.*This browser is offline\./s);
      await demo.context.setOffline(false);
      await demo.prompt();
      await demo.close();
    });

    test("that there is no WebAssembly", async () => {
      const text = await failing((context) => context.addInitScript("delete globalThis.WebAssembly"));
      expect(text).toMatch(/^This browser has no WebAssembly\n.*Use another browser/s);
    });

    test("that the page's policy forbids it", async () => {
      const page = (policy: string) => (context: BrowserContext) => {
        server.policy = policy;
        return context.clearCookies();
      };
      try {
        expect(await failing(page("default-src 'self'"))).toMatch(
          /^WebAssembly is forbidden here\n.*Add 'wasm-unsafe-eval' to its script-src\./s,
        );
        expect(await failing(page(`${STRICT_POLICY}; worker-src 'none'`))).toMatch(
          /^The machine's Worker did not start\n.*worker-src forbids it\./s,
        );
      } finally {
        server.policy = STRICT_POLICY;
      }
    });

    test("that there is not so much memory", async () => {
      const refuse = `WebAssembly.Memory = class { constructor() { throw new RangeError("could not allocate memory"); } };`;
      const text = await failing((context) =>
        context.route("**/worker-*.js", async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, body: `${refuse}${await response.text()}` });
        }),
      );
      expect(text).toMatch(/^The browser refuses that much memory\n.*256 MiB of memory \(could not allocate memory\)/s);
    });

    test("that what was fetched is something else", async () => {
      const other = (context: BrowserContext) =>
        context.route("**/core.wasm", (route) => route.fulfill({ body: "<!doctype html>" }));
      expect(await failing(other)).toMatch(/^The processor's file is damaged\n.*core\.wasm is no WebAssembly/s);
    });
  });
});
