/*
 * The panel of disks that the browser keeps: which there are, the room they take, and what can be done with them. A disk belongs to one at a time, so a machine
 * that runs from it is stopped for that, and started again afterwards.
 */

import { diskSpace, exportDisk, importDisk, listDisks, resetDisk } from "colinux/browser";
import { chooseSource, chooseTarget } from "./disk-file.js";
import { type DiskAction, diskRow, type ShownDisk } from "./disk-row.js";
import { ask } from "./question.js";
import { sizeOf } from "./sizes.js";

/** The machine of the page. */
export interface DiskUser {
  /** The disk that is kept for this page, also while it does not run. */
  readonly own: string | undefined;
  /** Whether the machine runs from it. */
  uses(name: string): boolean;
  /** Returns when the machine has stopped. */
  stop(): Promise<void>;
  start(): void;
}

export class DiskPanel {
  readonly #dialog = document.querySelector<HTMLDialogElement>("#disks")!;
  readonly #list = this.#dialog.querySelector("ul")!;
  readonly #work = this.#dialog.querySelector<HTMLElement>("#work")!;
  readonly #problem = this.#dialog.querySelector<HTMLElement>("#disk-problem")!;
  readonly #user: DiskUser;
  #working: AbortController | undefined;

  constructor(user: DiskUser) {
    this.#user = user;
    this.#dialog.querySelector("#close-disks")!.addEventListener("click", () => this.#dialog.close());
    this.#work.querySelector("button")!.addEventListener("click", () => this.#working?.abort());
  }

  open(): void {
    if (this.#working === undefined) this.#say("");
    this.#dialog.showModal();
    void this.refresh();
  }

  /** Looks again, when somebody sees it. */
  async refresh(): Promise<void> {
    if (!this.#dialog.open) return;
    try {
      const { usedBytes, quotaBytes, persistent } = await diskSpace();
      const kept: ShownDisk[] = await listDisks();
      const { own } = this.#user;
      if (own !== undefined && !kept.some(({ name }) => name === own)) kept.unshift({ name: own });
      this.#list.replaceChildren(...kept.map((disk) => this.#row(disk)));
      this.#room(usedBytes, quotaBytes, persistent);
    } catch (error) {
      this.#list.replaceChildren();
      this.#fail(error);
    }
  }

  #row(disk: ShownDisk): HTMLLIElement {
    return diskRow(disk, {
      own: disk.name === this.#user.own,
      idle: this.#working === undefined,
      act: (action) => {
        this.#say("");
        this.#act[action](disk).catch((error: unknown) => this.#fail(error));
      },
    });
  }

  #room(usedBytes: number, quotaBytes: number, persistent: boolean): void {
    const meter = this.#dialog.querySelector("meter")!;
    Object.assign(meter, { max: Math.max(1, quotaBytes), value: usedBytes });
    const left = Math.max(0, quotaBytes - usedBytes);
    this.#dialog.querySelector("#room")!.textContent = `${sizeOf(usedBytes)} taken by this page, ${sizeOf(left)} left`;
    this.#dialog.querySelector("#promise")!.textContent = persistent
      ? "The browser has promised to keep it."
      : "The browser may clear it when the computer has no room left. Export what you need.";
  }

  readonly #act: Readonly<Record<DiskAction, (disk: ShownDisk) => Promise<void>>> = {
    export: async ({ name }) => {
      const stops = this.#user.uses(name);
      const question = {
        title: `Stop Linux to export "${name}"?`,
        text: "A disk is whole only while nobody writes to it. Linux is stopped in order, and started again when the copy is there.",
        yes: "Stop and export",
      };
      if (stops && !(await ask(question))) return;
      const target = await chooseTarget(`${name}.img`);
      if (target === undefined) return;
      await this.#during("Exporting", name, async (watch) => {
        const { bytes, stream } = await exportDisk(name);
        await target(watch(stream, bytes));
        return `"${name}" was exported as ${name}.img.`;
      });
    },

    import: async ({ name, bytes }) => {
      const file = await chooseSource();
      if (file === undefined) return;
      const lost = bytes === undefined ? "" : " What is in it now is lost; export it first if you need it.";
      const question = {
        title: `Replace "${name}" by ${file.name}?`,
        text: `The file (${sizeOf(file.size)}) becomes the disk.${lost}${this.#stopping(name)}`,
        yes: this.#user.uses(name) ? "Stop and replace" : "Replace",
      };
      if (!(await ask(question))) return;
      await this.#during("Importing", name, async (watch) => {
        const stream = watch(file.stream(), file.size);
        await importDisk(name, { stream, bytes: file.size }, { replace: true });
        return `"${name}" is now what ${file.name} was.`;
      });
    },

    reset: async ({ name, image }) => {
      const lost = image === undefined ? "Everything in it is lost." : `All changes to ${image} are lost.`;
      const question = {
        title: `Reset "${name}"?`,
        text: `${lost}${this.#stopping(name)}`,
        yes: this.#user.uses(name) ? "Stop and reset" : "Reset",
      };
      if (!(await ask(question))) return;
      await this.#during("Resetting", name, async () => {
        await resetDisk(name);
        return `"${name}" was reset.`;
      });
    },
  };

  #stopping(name: string): string {
    return this.#user.uses(name) ? " Linux runs from it: it is stopped before, and started again afterwards." : "";
  }

  /** Does `work` while nobody uses the disk; `watch` shows how much of a stream went through, and ends it when the user does. */
  async #during(
    doing: string,
    name: string,
    work: (watch: (stream: Stream, bytes: number) => Stream) => Promise<string>,
  ): Promise<void> {
    const working = new AbortController();
    this.#working = working;
    const stops = this.#user.uses(name);
    this.#progress(stops ? "Waiting for Linux to stop" : doing);
    await this.refresh();
    try {
      if (stops) await this.#user.stop();
      this.#progress(doing);
      this.#say(await work((stream, bytes) => stream.pipeThrough(this.#counter(doing, bytes), working)));
    } catch (error) {
      if (!working.signal.aborted) throw error;
      this.#say("Cancelled; the disk is as it was.");
    } finally {
      this.#working = undefined;
      this.#work.hidden = true;
      if (stops) this.#user.start();
      await this.refresh();
    }
  }

  #counter(doing: string, bytes: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
    let through = 0;
    return new TransformStream({
      transform: (part, controller) => {
        through += part.length;
        this.#progress(`${doing}: ${sizeOf(through)} of ${sizeOf(bytes)}`, through / bytes);
        controller.enqueue(part);
      },
    });
  }

  #progress(text: string, fraction?: number): void {
    this.#work.hidden = false;
    this.#work.querySelector("output")!.value = text;
    const bar = this.#work.querySelector("progress")!;
    if (fraction === undefined) bar.removeAttribute("value");
    else bar.value = fraction;
  }

  #fail(error: unknown): void {
    this.#say(error instanceof Error ? error.message : String(error), true);
  }

  #say(text: string, problem = false): void {
    this.#problem.textContent = text;
    this.#problem.classList.toggle("problem", problem);
  }
}

type Stream = ReadableStream<Uint8Array<ArrayBuffer>>;
