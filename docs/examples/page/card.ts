/*
 * The card in front of the terminal: how far a boot has come, how it ended, or what went wrong.
 */

import type { BootFileName, BootProgress } from "colinux/browser";

const FILES: Readonly<Record<BootFileName, string>> = {
  core: "Processor",
  kernel: "Linux kernel",
  initrd: "Small system",
};

interface Row {
  readonly bar: HTMLProgressElement;
  readonly amount: HTMLOutputElement;
}

/** What a card says. */
export interface Notice {
  readonly title: string;
  readonly text: string;
  /** What the button says, and does. */
  readonly button?: string;
  readonly problem?: boolean;
}

export class Card {
  readonly #card = document.querySelector<HTMLElement>("#card")!;
  readonly #list = this.#card.querySelector("ul")!;
  readonly #button = this.#card.querySelector("button")!;
  readonly #rows = new Map<BootFileName, Row>();

  constructor(pressed: () => void) {
    this.#button.addEventListener("click", pressed);
  }

  show({ title, text, button, problem = false }: Notice): void {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#card.querySelector("h2")!.textContent = title;
    this.#card.querySelector("p")!.textContent = text;
    this.#card.classList.toggle("problem", problem);
    this.#button.hidden = button === undefined;
    this.#button.textContent = button ?? "";
    this.#cover(true);
  }

  hide(): void {
    this.#cover(false);
  }

  progress(progress: BootProgress): void {
    if (progress.stage === "start") {
      this.#card.querySelector("p")!.textContent = "Starting the machine.";
      return;
    }
    const { file, loadedBytes, totalBytes } = progress;
    const { bar, amount } = this.#row(file);
    if (totalBytes === undefined) bar.removeAttribute("value");
    else Object.assign(bar, { max: totalBytes || 1, value: loadedBytes });
    amount.value = totalBytes === undefined ? size(loadedBytes) : `${size(loadedBytes)} of ${size(totalBytes)}`;
  }

  #row(file: BootFileName): Row {
    const present = this.#rows.get(file);
    if (present !== undefined) return present;
    const [item, name, bar, amount] = [
      document.createElement("li"),
      document.createElement("span"),
      document.createElement("progress"),
      document.createElement("output"),
    ];
    name.textContent = FILES[file];
    bar.setAttribute("aria-label", FILES[file]);
    item.append(name, amount, bar);
    this.#list.append(item);
    const row = { bar, amount };
    this.#rows.set(file, row);
    return row;
  }

  #cover(covered: boolean): void {
    this.#card.hidden = !covered;
    this.#card.parentElement!.classList.toggle("covered", covered);
  }
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
