/*
 * The page of the terminal's own test: an element that the script makes, and a machine whose programs it shows.
 */

import { Machine } from "colinux/browser";
import type { ColinuxTerminal } from "colinux/terminal";
import "colinux/terminal";

declare global {
  var terminal: ColinuxTerminal;
  var machine: Machine;
}

document.body.style.cssText = "margin: 0; height: 100vh";
const element = document.createElement("colinux-terminal");
element.style.height = "100%";
document.body.append(element);
globalThis.machine = await Machine.boot({ core: "core.wasm", kernel: "kernel", initrd: "initramfs" });
globalThis.terminal = element;
