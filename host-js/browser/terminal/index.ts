/*
 * The terminal for pages: `import "colinux/terminal"` defines <colinux-terminal>. It comes as one file with xterm.js in it, so that a page without a
 * terminal loads none, and a page with one needs no other package.
 */

import { ColinuxTerminal } from "./element.js";
import { StyleElement } from "./style-element.js";

export { ColinuxTerminal } from "./element.js";
export type { TerminalPeer } from "./port.js";

declare global {
  interface HTMLElementTagNameMap {
    "colinux-terminal": ColinuxTerminal;
  }
}

// Elements of the page that are there already come to life by the second.
customElements.define("colinux-terminal-style", StyleElement);
customElements.define("colinux-terminal", ColinuxTerminal);
