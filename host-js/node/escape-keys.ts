/*
 * Ctrl-A, the one key that the terminal keeps for itself.
 *
 * Ctrl-A x leaves the guest, Ctrl-A r restarts it, Ctrl-A h and Ctrl-A ? show help, Ctrl-A a and Ctrl-A Ctrl-A send one Ctrl-A. Before any other key the
 * Ctrl-A goes to the guest together with that key, so that an editor's "start of line" still works when typing goes on.
 */

const CTRL_A = 0x01;

export type EscapeAction = "leave" | "restart" | "help";

export class EscapeKeys {
  private pending = false;

  constructor(private readonly act: (action: EscapeAction) => void) {}

  /** What of `keys` the guest gets; acts on the rest. A Ctrl-A at the end waits for the key that follows. */
  filter(keys: Uint8Array): Uint8Array {
    if (!this.pending && !keys.includes(CTRL_A)) return keys;
    const passed: number[] = [];
    for (const key of keys) {
      if (this.pending) {
        this.pending = false;
        passed.push(...this.afterCtrlA(key));
      } else if (key === CTRL_A) {
        this.pending = true;
      } else {
        passed.push(key);
      }
    }
    return Uint8Array.from(passed);
  }

  private afterCtrlA(key: number): number[] {
    switch (String.fromCharCode(key)) {
      case "x":
      case "X":
        this.act("leave");
        return [];
      case "r":
      case "R":
        this.act("restart");
        return [];
      case "h":
      case "H":
      case "?":
        this.act("help");
        return [];
      case "a":
      case "A":
      case "\x01":
        return [CTRL_A];
      default:
        return [CTRL_A, key];
    }
  }
}
