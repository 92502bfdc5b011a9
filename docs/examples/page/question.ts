/*
 * Asks before something is lost. Escape, and closing it in whatever way, is a no.
 */

const dialog = document.querySelector<HTMLDialogElement>("#question")!;
const yes = dialog.querySelector<HTMLButtonElement>("button[value=yes]")!;

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button for it says. */
  readonly yes: string;
}

export function ask(question: Question): Promise<boolean> {
  dialog.querySelector("h2")!.textContent = question.title;
  dialog.querySelector("p")!.textContent = question.text;
  yes.textContent = question.yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}
