/*
 * The card in front of the terminal: how far a boot has come, how it ended, or what went wrong.
 */

import type { BootFileName, BootProgress } from "colinux/browser";
import { sizeOf } from "./sizes.js";

const FILES: Readonly<Record<BootFileName, string>> = {
  core: "Processor",
  kernel: "Linux kernel",
  initrd: "Small system",
};

interface Row {
  readonly bar: HTMLProgressElement;
  readonly amount: HTMLOutputElement;
}

/** What a button says, and does. */
export interface Choice {
  readonly label: string;
  act(): void;
}

/** What a card says. */
export interface Notice {
  readonly title: string;
  readonly text: string;
  readonly problem?: boolean;
}

export class Card {
  readonly #card = document.querySelector<HTMLElement>("#card")!;
  readonly #list = this.#card.querySelector("ul")!;
  readonly #buttons = this.#card.querySelector<HTMLElement>(".actions")!;
  readonly #rows = new Map<BootFileName, Row>();

  /** The first of the choices is the one that is meant. */
  show({ title, text, problem = false }: Notice, choices: readonly Choice[] = []): void {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#card.querySelector("h2")!.textContent = title;
    this.#card.querySelector("p")!.textContent = text;
    this.#card.classList.toggle("problem", problem);
    this.#buttons.replaceChildren(...choices.map(button));
    this.#buttons.querySelector("button")?.classList.add("primary");
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
    amount.value = totalBytes === undefined ? sizeOf(loadedBytes) : `${sizeOf(loadedBytes)} of ${sizeOf(totalBytes)}`;
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

function button({ label, act }: Choice): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}
