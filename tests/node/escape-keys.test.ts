import { describe, expect, test } from "vitest";
import { type EscapeAction, EscapeKeys } from "../../host-js/node/escape-keys.js";

function typed(...chunks: string[]) {
  const actions: EscapeAction[] = [];
  const keys = new EscapeKeys((action) => actions.push(action));
  const passed = chunks.map((chunk) => Buffer.from(keys.filter(Buffer.from(chunk))).toString()).join("");
  return { passed, actions };
}

describe("EscapeKeys.filter()", () => {
  test.each([
    ["plain keys", ["ls\r\x03"], "ls\r\x03", []],
    ["Ctrl-A x", ["ls\x01x"], "ls", ["leave"]],
    ["Ctrl-A x in two chunks", ["ls\x01", "x"], "ls", ["leave"]],
    ["Ctrl-A r", ["ls\x01r"], "ls", ["restart"]],
    ["Ctrl-A h and ?", ["\x01h\x01?"], "", ["help", "help"]],
    ["Ctrl-A a", ["a\x01ab"], "a\x01b", []],
    ["Ctrl-A Ctrl-A", ["\x01", "\x01", "b"], "\x01b", []],
    ["Ctrl-A and another key", ["\x01e!"], "\x01e!", []],
    ["Ctrl-A before a key of many bytes", ["\x01ä"], "\x01ä", []],
  ])("handles %s", (_, chunks, passed, actions) => {
    expect(typed(...chunks)).toEqual({ passed, actions });
  });
});
