/*
 * The page: a terminal, a machine on it (machine.ts), and what is to be seen of it. Nothing here comes from elsewhere than this page's own folder.
 */

import "colinux/terminal";
import { Card } from "./card.js";
import { watchLoad } from "./load.js";
import { Runner, type State } from "./machine.js";
import { lastLine, problemOf, problemOfBoot } from "./words.js";

const STATES: Readonly<Record<State, string>> = {
  loading: "Loading",
  starting: "Starting",
  running: "Running",
  stopping: "Stopping",
  stopped: "Stopped",
  failed: "Failed",
};

const terminal = document.querySelector("colinux-terminal")!;
const status = document.querySelector<HTMLElement>("#status")!;
const [stop, restart] = ["#stop", "#restart"].map((id) => document.querySelector<HTMLButtonElement>(id)!);
const card = new Card(() => start());

const runner = new Runner(terminal, {
  state(state) {
    status.textContent = STATES[state];
    status.dataset.state = state;
    const over = state === "stopped" || state === "failed";
    stop!.disabled = over;
    restart!.disabled = state === "loading";
    label(stop!, state === "stopping" ? "Stop now" : "Stop");
    label(restart!, over ? "Start" : "Restart");
  },
  progress: (progress) => card.progress(progress),
  started() {
    card.hide();
    terminal.focus();
  },
  stopped(reason) {
    void terminal.write(lastLine(reason));
    const problem = problemOf(reason);
    if (problem) card.show(problem);
    else if (reason.kind === "killed") card.hide();
  },
  failed: (error) => card.show(problemOfBoot(error)),
});

let again = false;
stop!.addEventListener("click", () => runner.stop());
restart!.addEventListener("click", () => {
  if (runner.machine === undefined) return start();
  again = true;
  // What is stopping already is not to be hurried by that.
  return runner.state === "stopping" ? undefined : runner.stop();
});
// Where the keyboard lies over the page and does not shrink it, as on iOS, what is left is what can be seen.
window.visualViewport?.addEventListener("resize", () => {
  const { height, scale } = window.visualViewport!;
  document.body.style.height = scale === 1 && height < window.innerHeight ? `${height}px` : "";
});
watchLoad(() => runner.machine);
void start();

async function start(): Promise<void> {
  do {
    again = false;
    card.show({ title: "Linux is on its way", text: "Loading what the machine is made of." });
    await runner.start();
  } while (again);
}

function label(button: HTMLButtonElement, text: string): void {
  button.querySelector("span")!.textContent = text;
  button.title = text;
}
