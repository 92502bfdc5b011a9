import { describe, expect, test } from "vitest";
import { withNpmOptions } from "./npm-options.js";

const isGroup = (word: string) => word === "int" || word === "mem";

describe("withNpmOptions()", () => {
  test.each([
    ["npm 11", ["int", "5", "out.json"], { npm_config_rounds: "true", npm_config_json: "true" }],
    ["npm 10", ["int", "out.json"], { npm_config_rounds: "5", npm_config_json: "true" }],
  ])("puts together what %s took apart", (_npm, args, env) => {
    expect(withNpmOptions(args, env, isGroup)).toEqual(["int", "--rounds", "5", "--json", "out.json"]);
  });

  test("leaves words alone that came behind --", () => {
    const args = ["int", "--rounds", "5"];
    expect(withNpmOptions(args, {}, isGroup)).toEqual(args);
    expect(withNpmOptions(args, { npm_config_rounds: "3" }, isGroup)).toEqual(args);
  });

  test("puts --no-jit back", () => {
    expect(withNpmOptions(["int"], { npm_config_jit: "" }, isGroup)).toEqual(["int", "--no-jit"]);
  });

  test("puts --chromium back, and the group that npm 10 took for its value", () => {
    expect(withNpmOptions(["int"], { npm_config_chromium: "true" }, isGroup)).toEqual(["int", "--chromium"]);
    expect(withNpmOptions(["int"], { npm_config_chromium: "mem" }, isGroup)).toEqual(["int", "mem", "--chromium"]);
  });

  test("does not mind that npm is set to json by its user", () => {
    expect(withNpmOptions(["int", "mem"], { npm_config_json: "true" }, isGroup)).toEqual(["int", "mem"]);
  });

  test("keeps an option without its value, so that this is refused", () => {
    expect(withNpmOptions(["int"], { npm_config_rounds: "true" }, isGroup)).toEqual(["int", "--rounds"]);
  });
});
