/*
 * One disk in the panel (disks.ts): what it is, and what can be done with it.
 */

import type { KeptDiskInfo } from "colinux/browser";
import { dateOf, sizeOf } from "./sizes.js";

export type DiskAction = "export" | "import" | "reset";

const LABELS: Readonly<Record<DiskAction, string>> = { export: "Export", import: "Import", reset: "Reset" };

/** A disk, or one that will be made when the machine starts. */
export type ShownDisk = Pick<KeptDiskInfo, "name"> & Partial<KeptDiskInfo>;

export interface RowOptions {
  /** Whether it is that of this page. */
  readonly own: boolean;
  /** Whether nothing else is going on. */
  readonly idle: boolean;
  act(action: DiskAction): void;
}

export function diskRow(disk: ShownDisk, { own, idle, act }: RowOptions): HTMLLIElement {
  const row = document.createElement("li");
  const title = element("h3", disk.name);
  if (own) title.append(element("span", "this page", "tag"));
  if (disk.inUse) title.append(element("span", "in use", "tag busy"));
  row.append(title, element("p", description(disk)));
  const buttons = element("div", "", "actions");
  for (const action of ["export", "import", "reset"] as const) {
    const button = element("button", LABELS[action]);
    button.type = "button";
    button.setAttribute("aria-label", `${LABELS[action]} ${disk.name}`);
    // There is nothing to be copied or thrown away yet.
    button.disabled = !idle || (disk.bytes === undefined && action !== "import");
    button.classList.toggle("danger", action === "reset");
    button.addEventListener("click", () => act(action));
    buttons.append(button);
  }
  row.append(buttons);
  return row;
}

function description({ bytes, usedBytes = 0, modified, image }: ShownDisk): string {
  if (bytes === undefined) return "Empty. It is made when Linux starts.";
  const parts = [`${sizeOf(usedBytes)} taken of ${sizeOf(bytes)}`];
  if (modified !== undefined) parts.push(`written ${dateOf(modified)}`);
  if (image !== undefined) parts.push(`over ${image}`);
  return parts.join(", ");
}

function element<Name extends "h3" | "p" | "span" | "div" | "button">(
  name: Name,
  text: string,
  className = "",
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}
