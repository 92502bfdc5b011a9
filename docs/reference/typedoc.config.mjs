// @ts-check
/*
 * The API reference: `npm run reference` writes it to dist/reference. What is exported without a comment, or mentioned and not exported, is an error.
 *
 * TypeDoc 0.28 works on the compiler's JavaScript interface, which TypeScript 7 has no more; so this folder is a package of its own with
 * TypeScript 6 in it, and the project's own compiler stays the only one that checks types.
 */

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "colinux",
  entryPoints: ["node", "browser", "browser/terminal", "common"].map((name) => `../../host-js/${name}/index.ts`),
  tsconfig: "tsconfig.json",
  skipErrorChecking: true,
  out: "../../dist/reference",
  readme: "none",
  disableSources: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeExternals: true,
  excludeInternal: true,
  // Only tests replace the clocks.
  intentionallyNotExported: ["Clocks"],
  validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: true },
  treatWarningsAsErrors: true,
};
