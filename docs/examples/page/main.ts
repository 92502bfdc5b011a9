/*
 * The page: a terminal, a machine on it (machine.ts), the disks that the browser keeps (disks.ts), and what is to be seen of all that. What it boots stands in
 * its address (plan.ts). Nothing comes from elsewhere than this page's own folder, unless the address says so.
 */

import "colinux/terminal";
import { diskSpace } from "colinux/browser";
import { Card, type Choice } from "./card.js";
import { DiskPanel } from "./disks.js";
import { watchLoad } from "./load.js";
import { Runner, type State } from "./machine.js";
import { hideNotice, showNotice } from "./notices.js";
import { type Plan, planOf } from "./plan.js";
import {
  disksMayHelp,
  isInUse,
  lastLine,
  networkMayHelp,
  noDisks,
  problemOf,
  problemOfAddress,
  problemOfBoot,
} from "./words.js";

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
const [stop, restart, showDisks] = ["#stop", "#restart", "#show-disks"].map(
  (id) => document.querySelector<HTMLButtonElement>(id)!,
);
const card = new Card();
/** What runs, or ran last. */
let plan: Plan;
let again = false;
let waitsForNetwork = false;

const runner = new Runner(terminal, {
  state(state) {
    showState(state);
    stop!.disabled = runner.over;
    restart!.disabled = state === "loading";
    label(stop!, state === "stopping" ? "Stop now" : "Stop");
    label(restart!, runner.over ? "Start" : "Restart");
    void disks.refresh();
  },
  progress: (progress) => card.progress(progress),
  started() {
    card.hide();
    if (document.querySelector("dialog[open]") === null) terminal.focus();
  },
  reported: showNotice,
  stopped(reason) {
    void terminal.write(lastLine(reason));
    const problem = problemOf(reason);
    if (problem) card.show(problem, [{ label: "Start again", act: () => start() }]);
    else if (reason.kind === "killed") card.hide();
  },
  failed(error) {
    waitsForNetwork = networkMayHelp(error);
    card.show(problemOfBoot(error), choicesAfter(error));
  },
});

const disks = new DiskPanel({
  get own() {
    return plan?.keeps;
  },
  uses: (name) => !runner.over && name === plan.keeps,
  stop: () => runner.end(),
  start: () => void start(),
});

stop!.addEventListener("click", () => runner.stop());
restart!.addEventListener("click", () => {
  if (runner.machine === undefined) return void start();
  again = true;
  // What is stopping already is not to be hurried by that.
  if (runner.state !== "stopping") void runner.stop();
});
showDisks!.addEventListener("click", () => disks.open());
window.addEventListener("online", () => {
  if (waitsForNetwork) void start();
});
document.addEventListener("visibilitychange", () => {
  // A browser may end a page that nobody looks at.
  if (document.hidden) runner.machine?.exec(["sync"], { readyTimeout: 0 }).catch(() => undefined);
});
// Where the keyboard lies over the page and does not shrink it, as on iOS, what is left is what can be seen.
window.visualViewport?.addEventListener("resize", () => {
  const { height, scale } = window.visualViewport!;
  document.body.style.height = scale === 1 && height < window.innerHeight ? `${height}px` : "";
});
watchLoad(() => runner.machine);
try {
  plan = planOf(location.search);
  void start();
} catch (error) {
  showState("failed");
  for (const button of [stop!, restart!, showDisks!]) button.disabled = true;
  card.show(problemOfAddress(error));
}

async function start(): Promise<void> {
  do {
    again = false;
    waitsForNetwork = false;
    hideNotice();
    card.show({ title: "Linux is on its way", text: "Loading what the machine is made of." });
    await makeDo();
    document.querySelector("#about")!.textContent = plan.about;
    await runner.start(plan);
  } while (again);
}

/** Without storage the small system runs all the same, and what only that can do fails by itself. */
async function makeDo(): Promise<void> {
  if (plan.options.home === undefined) return;
  try {
    await diskSpace();
  } catch (error) {
    showNotice(noDisks(error));
    plan = plan.instead.plan();
  }
}

function choicesAfter(error: unknown): Choice[] {
  const choices: Choice[] = [{ label: "Try again", act: () => void start() }];
  if (disksMayHelp(error)) choices.push({ label: "Disks", act: () => disks.open() });
  if (isInUse(error))
    choices.push({
      label: plan.instead.offer,
      act: () => {
        plan = plan.instead.plan();
        void start();
      },
    });
  return choices;
}

function showState(state: State): void {
  status.textContent = STATES[state];
  status.dataset.state = state;
}

function label(button: HTMLButtonElement, text: string): void {
  button.querySelector("span")!.textContent = text;
  button.title = text;
}
