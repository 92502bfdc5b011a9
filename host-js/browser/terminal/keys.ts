/*
 * The keys that the keyboard of a touch screen does not have. Ctrl stays down for the next key, and the keyboard stays where it is.
 */

/** What the keys act on. */
export interface KeyTarget {
  /** As if it had been typed. */
  type(text: string): void;
  /** Programs may ask for the arrows' other codes [xterm ctlseqs: DECCKM]. */
  readonly applicationArrows: boolean;
}

const ESC = "\x1b";
const ARROWS: ReadonlyArray<readonly [label: string, name: string, code: string]> = [
  ["←", "Left", "D"],
  ["↓", "Down", "B"],
  ["↑", "Up", "A"],
  ["→", "Right", "C"],
];

export class KeyRow {
  readonly element = document.createElement("div");
  readonly #ctrl: HTMLButtonElement;

  constructor(target: KeyTarget) {
    this.element.className = "keys";
    this.element.setAttribute("part", "keys");
    this.element.setAttribute("role", "toolbar");
    this.element.setAttribute("aria-label", "Keys");
    // The focus, and with it the keyboard on the screen, stays with the terminal.
    this.element.addEventListener("pointerdown", (event) => event.preventDefault());
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    this.#add("Esc", "Escape", () => target.type(ESC));
    this.#add("Tab", "Tab", () => target.type("\t"));
    this.#ctrl = this.#add("Ctrl", "Control, for the next key", () => this.#hold(!this.#held));
    this.#hold(false);
    for (const [label, name, code] of ARROWS) {
      this.#add(label, name, () => target.type(`${ESC}${target.applicationArrows ? "O" : "["}${code}`));
    }
  }

  /** What is sent for `text` that was typed: a control character, when Ctrl was down and there is one. */
  apply(text: string): string {
    if (!this.#held) return text;
    this.#hold(false);
    return controlCharacter(text) ?? text;
  }

  get #held(): boolean {
    return this.#ctrl.getAttribute("aria-pressed") === "true";
  }

  #hold(held: boolean): void {
    this.#ctrl.setAttribute("aria-pressed", String(held));
  }

  #add(label: string, name: string, press: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", press);
    this.element.append(button);
    return button;
  }
}

/** As terminals have them: the letters and @ [ \ ] ^ _ without their upper bits, and two that have grown so. */
export function controlCharacter(text: string): string | undefined {
  if (text === " ") return "\0";
  if (text === "?") return "\x7f";
  return /^[@-_a-z]$/.test(text) ? String.fromCharCode(text.charCodeAt(0) & 0x1f) : undefined;
}
