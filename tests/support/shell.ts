/*
 * The embedded guest's shell on a machine in this process, for tests that stand behind one of its ports.
 */

import { readFileSync } from "node:fs";
import { type BootOptions, Machine, type MachineStatistics, type StopReason } from "../../host-js/node/index.js";
import { PROMPT } from "./session.js";
import { Transcript } from "./transcript.js";

export class Shell {
  readonly out = new Transcript();
  /** What the machine told the user. */
  readonly reports: string[] = [];
  private machine!: Machine;
  private input!: WritableStreamDefaultWriter<Uint8Array>;

  static async boot(options: BootOptions): Promise<Shell> {
    const shell = new Shell();
    shell.machine = await Machine.boot({
      core: await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url))),
      worker: false,
      kernelWords: ["TERM=dumb"],
      report: (message) => shell.reports.push(message),
      ...options,
    });
    shell.input = shell.machine.console.input.getWriter();
    void shell.listen();
    await shell.out.expect(PROMPT);
    return shell;
  }

  /** Runs a command line in the guest. Returns what it printed and how it ended. */
  async run(command: string, timeoutMs = 20_000): Promise<{ status: number; text: string }> {
    // What the shell echoes while this is typed holds neither mark.
    await this.input.write(Buffer.from(`echo "<$((1))>"; ${command}; echo "=$?="\n`));
    const [, text, status] = await this.out.expect(/<1>\r*\n([\s\S]*?)=(\d+)=\r*\n/, timeoutMs);
    return { status: Number(status), text: text!.replaceAll("\r", "") };
  }

  statistics(): Promise<MachineStatistics> {
    return this.machine.statistics();
  }

  async powerOff(): Promise<StopReason> {
    await this.input.write(Buffer.from("poweroff\n"));
    return this.machine.stopped;
  }

  private async listen(): Promise<void> {
    for await (const piece of this.machine.console.output as AsyncIterable<Uint8Array>)
      this.out.add(Buffer.from(piece).toString("latin1"));
  }
}
