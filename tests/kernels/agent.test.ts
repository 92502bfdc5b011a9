import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PROTOCOL } from "../../host-js/common/agent/protocol.js";
import { ensureAgent, findAgent } from "../../kernels/agent/agent.js";
import { agentRecipe } from "../../kernels/agent/recipe.js";

const EM_RISCV = 243;
const PT_INTERP = 3;

test("the agent is one small static program for riscv64", async () => {
  const { path, packages } = await ensureAgent();
  expect(findAgent()).toEqual({ path, packages });
  expect(packages).toMatch(/^musl-dev \d/);
  const program = readFileSync(path);
  expect(program.length).toBeLessThan(100_000);
  expect(program.readUInt16LE(18)).toBe(EM_RISCV);
  const [headers, size, count] = [
    Number(program.readBigUInt64LE(32)),
    program.readUInt16LE(54),
    program.readUInt16LE(56),
  ];
  const types = Array.from({ length: count }, (_, i) => program.readUInt32LE(headers + i * size));
  expect(types).not.toContain(PT_INTERP);
  // The build's name goes to the host in the hello.
  expect(program.includes(agentRecipe().hash)).toBe(true);
});

test("the protocol's numbers are those of both sides", () => {
  const header = agentRecipe().sources.find(({ name }) => name === "protocol.h")!;
  const text = Buffer.from(header.data).toString();
  for (const [name, value] of Object.entries(PROTOCOL)) expect(text).toContain(`#define CO_${name} ${value}\n`);
});

test("no two kinds of frames share a number", () => {
  const kinds = Object.entries(PROTOCOL).filter(([name]) =>
    /^(REQUEST_(?!BYTES)|HELLO$|STARTED|FAILED|EXITED|SIGNAL|RESIZE|DATA|END|RESULT|ENTRIES|EVENT)/.test(name),
  );
  expect(kinds.length).toBe(24);
  expect(new Set(kinds.map(([, value]) => value)).size).toBe(kinds.length);
});
