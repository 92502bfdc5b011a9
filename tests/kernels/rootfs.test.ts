import { describe, expect, it } from "vitest";
import { appletsOf } from "../../kernels/rootfs/applets.js";
import { initramfsRecipe } from "../../kernels/rootfs/recipe.js";

describe("appletsOf()", () => {
  it("reads the names between the two brackets and the empty name", () => {
    const many = Array.from({ length: 100 }, (_, i) => `applet${i}`);
    const list = ["[", "[[", ...many, "sh", ""].join("\0");
    expect(appletsOf(Buffer.from(`ELF\0junk\x7f ${list}\0more`))).toEqual(["[", "[[", ...many, "sh"]);
  });

  it("rejects a file without the list", () => {
    expect(() => appletsOf(Buffer.from("ELF"))).toThrow("the list of its applets was not found");
  });
});

describe("initramfsRecipe()", () => {
  it("has an executable init", () => {
    const init = initramfsRecipe().files.find(({ path }) => path === "init");
    expect(init).toMatchObject({ executable: true });
  });
});
