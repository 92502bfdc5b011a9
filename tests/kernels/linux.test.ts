import { describe, expect, it } from "vitest";
import { differences, parseSettings } from "../../kernels/linux/fragment.js";
import { kernelRecipe } from "../../kernels/linux/recipe.js";

describe("parseSettings()", () => {
  it("reads values, options that are off, and nothing of comments", () => {
    const settings = parseSettings('# why\nCONFIG_NET=y\nCONFIG_LOCALVERSION="-x=y"\n# CONFIG_SMP is not set\n');
    expect([...settings]).toEqual([
      ["NET", "y"],
      ["LOCALVERSION", '"-x=y"'],
      ["SMP", "n"],
    ]);
  });
});

describe("differences()", () => {
  it("names each setting that was not taken over", () => {
    const wanted = parseSettings("CONFIG_A=y\nCONFIG_B=12\n# CONFIG_C is not set\n# CONFIG_D is not set\n");
    const actual = parseSettings("CONFIG_B=16\nCONFIG_C=y\n");
    expect(differences(wanted, actual)).toEqual([
      "CONFIG_A is n instead of y",
      "CONFIG_B is 16 instead of 12",
      "CONFIG_C is y instead of n",
    ]);
  });
});

describe("kernelRecipe()", () => {
  it("names an uniprocessor kernel without modules, whose hvc0 the SBI does not take", () => {
    const settings = parseSettings(kernelRecipe().config);
    expect([settings.get("SMP"), settings.get("MODULES"), settings.get("HVC_RISCV_SBI")]).toEqual(["n", "n", "n"]);
  });

  it("has a hash that stays the same", () => {
    expect(kernelRecipe().hash).toBe(kernelRecipe().hash);
    expect(kernelRecipe().hash).toMatch(/^[0-9a-f]{16}$/);
  });
});
