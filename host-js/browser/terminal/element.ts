/*
 * <colinux-terminal>: a terminal in a page. xterm.js draws and understands escape sequences; here are the things around it.
 *
 *     peer (port.ts) -- bytes --> xterm.js --> WebGL, else the DOM
 *          <-- bytes, size -----  keyboard, paste, keys.ts, size of the element
 *
 * All of it lies in a shadow root with style sheets of its own, so that the page's styles and its content security policy stay the page's.
 */

import { FitAddon } from "@xterm/addon-fit";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { WebglAddon } from "@xterm/addon-webgl";
import { Terminal } from "@xterm/xterm";
import xtermCss from "@xterm/xterm/css/xterm.css";
import { coloursFor } from "./colours.js";
import elementCss from "./element.css";
import { KeyRow } from "./keys.js";
import { Attachment, type TerminalPeer } from "./port.js";
import { Reading } from "./reading.js";
import { scrollByTouch } from "./touch.js";
import { hasFastWebgl } from "./webgl.js";

const SCROLLBACK_LINES = 5000;
const CONTRAST_MIN = 4.5;
/** CAN, which ends whatever is half said, and RIS. Bytes, as what the guest says, to end half a character as well. */
const RESET = Uint8Array.of(0x18, 0x1b, 0x63);

/**
 * The element `<colinux-terminal>`. It fills the room that the page gives it, and takes `font-family` and `font-size` from its own style.
 *
 * Attributes: `theme` = `light` or `dark`, else as the system has it; `keys` = `on` or `off`, else on touch screens only; `screen-reader="off"` saves the
 * text that only screen readers see; `aria-label`.
 */
export class ColinuxTerminal extends HTMLElement {
  /** The attributes that it follows. */
  static readonly observedAttributes: readonly string[] = ["theme", "screen-reader"];
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #frame = document.createElement("div");
  readonly #screen = document.createElement("div");
  readonly #keys: KeyRow;
  readonly #systemDark = matchMedia("(prefers-color-scheme: dark)");
  readonly #sizes = new ResizeObserver(() => this.#measure());
  readonly #follow = (): void => this.#dress();
  readonly #followFonts = (): void => this.#measureAnew();
  readonly #reading = new Reading((shown) => this.#showToReaders(shown));
  #attachment: Attachment | undefined;
  #webgl: WebglAddon | undefined;
  #opened = false;

  /** @internal */
  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [xtermCss, elementCss].map((rules) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(rules);
      return sheet;
    });
    const internals = this.attachInternals();
    internals.role = "region";
    internals.ariaLabel = "Terminal";
    this.#terminal = new Terminal({
      // What says how wide characters are is not settled in xterm.js yet.
      allowProposedApi: true,
      scrollback: SCROLLBACK_LINES,
      minimumContrastRatio: CONTRAST_MIN,
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      macOptionIsMeta: true,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.loadAddon(new WebLinksAddon(openLink));
    this.#terminal.loadAddon(new Unicode11Addon());
    this.#terminal.unicode.activeVersion = "11";
    this.#terminal.attachCustomKeyEventHandler((event) => this.#takeKey(event));
    this.#terminal.onData((text) => this.#type(this.#keys.apply(text)));
    this.#terminal.onBinary((text) => this.#attachment?.type(Uint8Array.from(text, (unit) => unit.charCodeAt(0))));
    this.#terminal.onResize(({ cols, rows }) => this.#attachment?.resize(cols, rows));
    this.#keys = new KeyRow(this.#keyTarget());
    this.#screen.className = "screen";
    this.#frame.className = "frame";
    this.#frame.append(this.#screen, this.#keys.element);
    root.append(this.#frame);
    scrollByTouch(this.#screen, this.#scrollTarget());
  }

  /** @internal */
  connectedCallback(): void {
    this.#systemDark.addEventListener("change", this.#follow);
    document.fonts.addEventListener("loadingdone", this.#followFonts);
    this.#sizes.observe(this.#screen);
    this.#dress();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#systemDark.removeEventListener("change", this.#follow);
    document.fonts.removeEventListener("loadingdone", this.#followFonts);
    this.#sizes.disconnect();
  }

  /** @internal */
  attributeChangedCallback(name: string): void {
    if (name === "screen-reader") this.#showToReaders(true);
    else this.#dress();
  }

  /** Characters in a line. */
  get columns(): number {
    return this.#terminal.cols;
  }

  /** Lines on the screen. */
  get rows(): number {
    return this.#terminal.rows;
  }

  /** All that it shows, and what was shown before and can be scrolled back to; lines that were wrapped are whole. */
  get text(): string {
    const { active } = this.#terminal.buffer;
    let text = "";
    for (let y = 0; y < active.length; y++) {
      const line = active.getLine(y)!;
      if (y > 0 && !line.isWrapped) text += "\n";
      text += line.translateToString(active.getLine(y + 1)?.isWrapped !== true);
    }
    return text.trimEnd();
  }

  /** What is selected; "" when nothing is. */
  get selection(): string {
    return this.#terminal.getSelection();
  }

  /** What draws: `webgl` where the computer's graphics do it, else `dom`. */
  get renderer(): "webgl" | "dom" {
    return this.#webgl === undefined ? "dom" : "webgl";
  }

  /**
   * Shows what `peer` says, sends it what is typed, and tells it the size, now and whenever it changes. Resolves when all that it said was shown, or it was
   * detached; rejects when its output fails. Its streams are in use until then. What was attached before is detached.
   */
  attach(peer: TerminalPeer): Promise<void> {
    this.detach();
    const terminal = this.#terminal;
    const attachment = new Attachment(peer, {
      write: (bytes, shown) => {
        this.#reading.said(bytes.length);
        terminal.write(bytes, shown);
      },
      get hidden() {
        return document.hidden;
      },
    });
    this.#attachment = attachment;
    attachment.resize(this.columns, this.rows);
    return attachment.ended.finally(() => {
      if (this.#attachment === attachment) this.#attachment = undefined;
    });
  }

  /** Gives the streams of what is attached back, for others to use. */
  detach(): void {
    this.#attachment?.detach();
    this.#attachment = undefined;
  }

  /** Shows text, or bytes of UTF-8, with escape sequences. Resolves when it was taken in. */
  write(text: string | Uint8Array): Promise<void> {
    return new Promise((done) => this.#terminal.write(text, done));
  }

  /** Forgets all that it shows and was given to show, and all modes. Resolves when it has. */
  reset(): Promise<void> {
    return this.write(RESET);
  }

  /** As if `text` was pasted: programs that ask for it are told that it was not typed. */
  paste(text: string): void {
    this.#terminal.paste(text);
  }

  /** Takes the keyboard. */
  override focus(): void {
    this.#terminal.focus();
  }

  #type(text: string): void {
    this.#attachment?.type(new TextEncoder().encode(text));
  }

  /** Opens it as soon as there is a place to be measured, and keeps it as large as that. */
  #measure(): void {
    if (this.#screen.clientWidth === 0 || this.#screen.clientHeight === 0) return;
    // The page's styles may go by the size of its window.
    this.#dress();
    if (!this.#opened) {
      this.#opened = true;
      this.#terminal.open(this.#screen);
      this.#useWebgl();
      this.#showToReaders(true);
    }
    this.#fit.fit();
  }

  /** Fonts and colours, as the page's styles and the system have them now. */
  #dress(): void {
    const { fontFamily, fontSize } = getComputedStyle(this);
    const theme = this.getAttribute("theme");
    const dark = theme === "dark" || (theme !== "light" && this.#systemDark.matches);
    this.#frame.classList.toggle("dark", dark);
    this.#terminal.options = {
      theme: coloursFor(dark),
      fontFamily,
      fontSize: Number.parseFloat(fontSize),
    };
  }

  /** Its font may have come only now; xterm.js measures when it hears of another one. */
  #measureAnew(): void {
    this.#terminal.options.fontFamily = "monospace";
    this.#measure();
  }

  /** There is nothing to show before it is open. */
  #showToReaders(shown: boolean): void {
    if (this.#opened) this.#terminal.options.screenReaderMode = shown && this.getAttribute("screen-reader") !== "off";
  }

  #useWebgl(): void {
    if (!hasFastWebgl()) return;
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => {
      this.#webgl = undefined;
      webgl.dispose();
    });
    this.#terminal.loadAddon(webgl);
    this.#webgl = webgl;
  }

  /** False when the page or the browser is to have it. */
  #takeKey(event: KeyboardEvent): boolean {
    if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
    if (event.code === "KeyC" && this.#terminal.hasSelection()) {
      event.preventDefault();
      if (event.type === "keydown") void navigator.clipboard?.writeText(this.selection).catch(() => undefined);
      return false;
    }
    // The browser pastes then.
    return event.code !== "KeyV";
  }

  #keyTarget() {
    const terminal = this.#terminal;
    return {
      type: (text: string) => terminal.input(text),
      get applicationArrows() {
        return terminal.modes.applicationCursorKeysMode;
      },
    };
  }

  #scrollTarget() {
    const terminal = this.#terminal;
    const screen = this.#screen;
    const arrow = (code: string) => `\x1b${terminal.modes.applicationCursorKeysMode ? "O" : "["}${code}`;
    return {
      get lineHeight() {
        return screen.clientHeight / terminal.rows;
      },
      scroll: (lines: number) => {
        if (terminal.buffer.active.type === "normal") terminal.scrollLines(lines);
        else this.#type(arrow(lines > 0 ? "B" : "A").repeat(Math.abs(lines)));
      },
    };
  }
}

/** Without a way back for the page that opens. */
function openLink(_event: MouseEvent, address: string): void {
  window.open(address, "_blank", "noopener,noreferrer");
}
