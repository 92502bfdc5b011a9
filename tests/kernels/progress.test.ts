import { describe, expect, it } from "vitest";
import { ProgressBoard } from "../../kernels/progress.js";

function board(isTTY: boolean) {
  const out = { isTTY, columns: 40, text: "", write: (text: string) => (out.text += text) };
  const clock = { ms: 0 };
  return { out, clock, board: new ProgressBoard(out, () => clock.ms) };
}

describe("ProgressBoard", () => {
  it("rewrites one line with the states of all tasks on a terminal", () => {
    const { out, board: it } = board(true);
    it.task("kernel").status("1 of 9");
    it.task("initramfs").status("packing");
    expect(out.text).toBe("kernel: 1 of 9\r\x1b[Kkernel: 1 of 9  |  initramfs: packing");
  });

  it("never writes a state wider than the terminal", () => {
    const { out, board: it } = board(true);
    it.task("kernel").status("x".repeat(100));
    expect(out.text).toHaveLength(39);
  });

  it("puts steps above the states and takes these off in the end", () => {
    const { out, board: it } = board(true);
    const task = it.task("kernel");
    task.status("1 of 9");
    task.step("built");
    task.status("again");
    it.close();
    expect(out.text).toBe("kernel: 1 of 9\r\x1b[Kkernel: built\nkernel: again\r\x1b[K");
  });

  it("writes a state every ten seconds where lines cannot be rewritten", () => {
    const { out, clock, board: it } = board(false);
    const task = it.task("kernel");
    for (clock.ms = 0; clock.ms <= 25_000; clock.ms += 1000) task.status(`${clock.ms / 1000}`);
    expect(out.text).toBe("kernel: 10\nkernel: 20\n");
  });
});
