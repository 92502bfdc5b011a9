/*
 * The line above the terminal for what a running machine has to tell beside its console: a network that is away, a disk that is full. The last one stays until
 * it is put away, or another machine starts.
 */

const bar = document.querySelector<HTMLElement>("#notice")!;
const words = bar.querySelector("p")!;

bar.querySelector("button")!.addEventListener("click", hideNotice);

export function showNotice(text: string): void {
  bar.hidden = false;
  words.textContent = text;
}

export function hideNotice(): void {
  bar.hidden = true;
  words.textContent = "";
}
