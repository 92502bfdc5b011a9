/*
 * Style sheets are imported as text: esbuild does so (setup.mjs), where this element becomes one file.
 */

declare module "*.css" {
  const rules: string;
  export default rules;
}
