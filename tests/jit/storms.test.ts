/*
 * Storms of processes in the embedded guest while nearly everything is compiled: programs come and go, their pages are used again for other code, and each of them must say what it
 * always says. (What ever new code costs the host is in room.long.test.ts and in host/modules.test.ts.)
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Shell } from "../support/shell.js";

const PROCESSES = 120;
const THRESHOLD = 20;

describe("a storm of processes", () => {
  let shell: Shell;

  beforeAll(async () => {
    shell = await Shell.boot({ jitThreshold: THRESHOLD });
  });

  afterAll(async () => {
    const { retiredInsns, jit } = await shell.statistics();
    const share = (100 * jit.compiledInsns) / retiredInsns;
    console.log(`storms: ${retiredInsns} instructions, ${share.toFixed(1)} % compiled in ${jit.units} units`);
    await shell.powerOff();
  });

  const prints = async (command: string, text: string) =>
    expect(await shell.run(`(${command})`, 50_000)).toEqual({ status: 0, text });

  test("one after the other, each started anew", async () => {
    const sum = (PROCESSES * (PROCESSES - 1)) / 2;
    await prints(
      `i=0; s=0; while [ $i -lt ${PROCESSES} ]; do s=$((s + $(/bin/expr $i + 0))); i=$((i + 1)); done; echo $s`,
      `${sum}\n`,
    );
  });

  test("all at once, forked from the shell", async () => {
    const lines = Array.from({ length: PROCESSES }, (_, n) => `${n} ${n * n}\n`).join("");
    await prints(
      `mkdir /tmp/all; for i in $(seq 0 ${PROCESSES - 1}); do (echo $i $((i * i)) > /tmp/all/$i) & done; wait; cat /tmp/all/* | sort -n; rm -r /tmp/all`,
      lines,
    );
  });

  test("in pipelines of different programs", async () => {
    const count = 20;
    const lines = Array.from({ length: count }, (_, n) => `${[...`${n + 100}`].reverse().join("")} X\n`).join("");
    await prints(
      `for i in $(seq 100 ${99 + count}); do echo $i x | tr x X | sed 's/\\(.\\)\\(.\\)\\(.\\)/\\3\\2\\1/' | awk '{ print $1, $2 }'; done`,
      lines,
    );
  });

  test("with statuses and signals of all kinds", async () => {
    await prints(
      `for n in $(seq 60); do sh -c "exit $n"; [ $? = $n ] || echo $n; done; for s in 1 10 15 9; do sh -c "kill -$s \\$\\$; sleep 9"; echo $?; done 2> /dev/null`,
      "129\n138\n143\n137\n",
    );
  });

  test("of a program whose file is overwritten again and again", async () => {
    await prints(
      `for n in $(seq 25); do cp /bin/$([ $((n % 2)) = 0 ] && echo bash || echo busybox) /tmp/busybox; chmod +x /tmp/busybox; if [ $((n % 2)) = 0 ]; then /tmp/busybox -c 'echo -n b'; else /tmp/busybox echo -n a; fi; done; rm /tmp/busybox; echo`,
      `${"ab".repeat(12)}a\n`,
    );
  });

  test("nearly all of it compiled", async () => {
    const { retiredInsns, jit } = await shell.statistics();
    expect(jit.compiledInsns).toBeGreaterThan(retiredInsns / 2);
    expect(jit.refusals).toBe(0);
  });
});
