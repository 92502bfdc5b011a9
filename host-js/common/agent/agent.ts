/*
 * The host's side of the agent (kernels/agent, docs/AGENT.md): programs and files of the guest, over connections that any port may bring.
 */

import type { Connections } from "../ports.js";
import { GuestFiles } from "./files.js";
import { AgentLink, type Waiting } from "./link.js";
import { type ExecOptions, type GuestProcess, startProcess } from "./process.js";

/** What the agent needs of the runtime; an Environment has it. */
export interface AgentEnvironment {
  after(ms: number, wake: () => void): () => void;
  random(into: Uint8Array): void;
}

export class Agent {
  readonly files: GuestFiles;
  readonly #link: AgentLink;
  readonly #environment: AgentEnvironment;

  /** `onReady` is called each time that an agent has come. */
  constructor(connections: Connections, environment: AgentEnvironment, onReady: () => void) {
    this.#environment = environment;
    this.#link = new AgentLink(connections, (ms, wake) => environment.after(ms, wake), onReady);
    this.files = new GuestFiles(this.#link);
  }

  ready(options: Waiting): Promise<void> {
    return this.#link.ready(options);
  }

  exec(argv: readonly string[], options: ExecOptions): Promise<GuestProcess> {
    return startProcess(this.#link, (into) => this.#environment.random(into), argv, options);
  }

  /** The machine has stopped. */
  stop(): void {
    this.#link.stop();
  }
}
