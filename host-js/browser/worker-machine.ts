/*
 * A machine in a Worker, seen from the page: the same console, `stopped` and `kill` as any machine.
 */

import { ColinuxError, type MachineConsole, type StopReason } from "../common/index.js";
import { Credit } from "./credit.js";
import { CREDIT_BYTES, type FromWorker, type ToWorker, type WorkerBootOptions } from "./messages.js";

/** A machine in a Worker. */
export class WorkerMachine {
  /** The guest's console as byte streams. */
  readonly console: MachineConsole;
  /** Why the machine stopped. Never rejects. */
  readonly stopped: Promise<StopReason>;
  private readonly inputCredit = new Credit(CREDIT_BYTES);
  private readonly unread: Uint8Array[] = [];
  private outputEnded = false;
  private outputArrived = () => {};
  private stop!: (reason: StopReason) => void;

  private constructor(private readonly worker: Worker) {
    this.stopped = new Promise((stop) => {
      this.stop = stop;
    });
    this.console = {
      input: this.openInput(),
      output: this.openOutput(),
      resize: (columns, rows) => this.post({ kind: "resize", columns, rows }),
    };
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.receive(data);
    worker.onerror = ({ message }) => this.receive({ kind: "stopped", reason: { kind: "fault", message } });
  }

  /** Boots in `worker`, which runs worker.js and nothing else. Rejects with `ColinuxError` as any machine's boot does. */
  static async boot(worker: Worker, options: WorkerBootOptions): Promise<WorkerMachine> {
    const answer = await new Promise<FromWorker>((answered, fail) => {
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => answered(data);
      worker.onerror = ({ message }) => fail(new Error(`The Worker of the machine failed: ${message}`));
      worker.postMessage({ kind: "boot", options } satisfies ToWorker);
    });
    if (answer.kind !== "refused") return new WorkerMachine(worker);
    worker.terminate();
    throw answer.code ? new ColinuxError(answer.code, answer.message) : new Error(answer.message);
  }

  /** Stops the guest where it is; returns when it has stopped. */
  async kill(): Promise<void> {
    this.post({ kind: "kill" });
    await this.stopped;
  }

  private openInput(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>({
      write: (bytes) => {
        this.post({ kind: "input", bytes });
        return this.inputCredit.spend(bytes.byteLength);
      },
    });
  }

  /** Credit goes back to the Worker when a chunk is asked for, not when it arrives. */
  private openOutput(): ReadableStream<Uint8Array> {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      while (this.unread.length === 0 && !this.outputEnded) {
        await new Promise<void>((arrived) => {
          this.outputArrived = arrived;
        });
      }
      const bytes = this.unread.shift();
      if (bytes) {
        controller.enqueue(bytes);
        this.post({ kind: "outputTaken", count: bytes.byteLength });
      } else {
        controller.close();
      }
    };
    return new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
  }

  private receive(message: FromWorker): void {
    switch (message.kind) {
      case "inputTaken":
        this.inputCredit.giveBack(message.count);
        break;
      case "output":
        this.unread.push(message.bytes);
        this.outputArrived();
        break;
      case "outputEnded":
        this.outputEnded = true;
        this.outputArrived();
        break;
      case "stopped":
        this.worker.terminate();
        this.outputEnded = true;
        this.outputArrived();
        this.stop(message.reason);
        break;
    }
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
  }
}
