/*
 * Whether WebGL is worth it. Where there are no graphics, browsers have the processor draw for it: that takes the page's thread more than 100 ms for each
 * picture, a blink of the cursor too, and the DOM a tenth. Not every browser that does so says so when it is asked.
 */

const SOFTWARE = /SwiftShader|llvmpipe|softpipe|Software|Basic Render/i;

/** Whether there is a WebGL 2 that graphics hardware draws. */
export function hasFastWebgl(): boolean {
  const context = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (context === null) return false;
  const names = context.getExtension("WEBGL_debug_renderer_info");
  const renderer = context.getParameter(names === null ? context.RENDERER : names.UNMASKED_RENDERER_WEBGL);
  // A page may have but few at a time.
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return !SOFTWARE.test(String(renderer));
}
