/*
 * Watching the guest while it installs a distribution (kernels/image/files/session): its console, line by line, becomes progress, and in the
 * end a verdict. Lines that begin with "colinux:" are the installer's own; dpkg tells of each package that it unpacks and sets up.
 */

import { StringDecoder } from "node:string_decoder";
import type { Progress } from "../../kernels/index.js";
import type { Machine, StopReason } from "../common/index.js";

/** Lines that are shown when something went wrong. */
const LAST_LINES = 12;

/** Reads the console to its end. Returns what went wrong, with what the guest said last; undefined when all is well. */
export async function followInstallation(
  machine: Machine,
  packages: number,
  progress: Progress,
): Promise<string | undefined> {
  const installation = new Installation(packages, progress);
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of machine.console.output as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split(/\r*\n/);
    rest = lines.pop()!;
    for (const line of lines) installation.heard(line);
  }
  return installation.verdict(await machine.stopped);
}

class Installation {
  private readonly last: string[] = [];
  private readonly unpacked = new Set<string>();
  private readonly configured = new Set<string>();
  private step = "";
  private failure: string | undefined;
  private done = false;

  constructor(
    private readonly packages: number,
    private readonly progress: Progress,
  ) {}

  heard(line: string): void {
    if (line.startsWith("colinux: ")) this.told(line.slice("colinux: ".length));
    else if (line.trim() !== "") this.last.push(line);
    if (this.last.length > LAST_LINES) this.last.shift();
    const [, verb, name] = /^(Unpacking|Setting up) (\S+)/.exec(line) ?? [];
    if (verb === "Unpacking") this.unpacked.add(name!);
    else if (verb === "Setting up") this.configured.add(name!);
    else return;
    this.show(name!);
  }

  private told(text: string): void {
    if (text === "done") this.done = true;
    else if (text.startsWith("failed: ")) this.failure ??= text.slice("failed: ".length);
    else if (text.startsWith("step ")) {
      this.step = text.slice("step ".length);
      this.progress.step(this.step);
    }
  }

  private show(name: string): void {
    const share = (this.unpacked.size + this.configured.size) / (2 * this.packages);
    this.progress.status(`${Math.floor(share * 100)} %, ${this.step}: ${name}`);
  }

  verdict(reason: StopReason): string | undefined {
    if (this.done && reason.kind === "poweroff") return undefined;
    const what = this.failure ?? ("message" in reason ? reason.message : `the guest ended (${reason.kind})`);
    return [`The installation failed while ${this.step || "starting"}: ${what}`, ...this.last].join("\n");
  }
}
