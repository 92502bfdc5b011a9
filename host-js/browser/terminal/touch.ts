/*
 * Scrolling with a finger, which xterm.js leaves to others: through what was said before, or, in a program that has the whole screen, by arrow keys as its
 * wheel does.
 */

/** What a finger moves. */
export interface ScrollTarget {
  readonly lineHeight: number;
  /** Positive is towards what came last. */
  scroll(lines: number): void;
}

export function scrollByTouch(surface: HTMLElement, target: ScrollTarget): void {
  let lastY: number | undefined;
  surface.addEventListener("touchstart", ({ touches }) => {
    lastY = touches.length === 1 ? touches[0]!.clientY : undefined;
  });
  surface.addEventListener(
    "touchmove",
    (event) => {
      if (lastY === undefined || event.touches.length !== 1) return;
      event.preventDefault();
      const lines = Math.trunc((lastY - event.touches[0]!.clientY) / target.lineHeight);
      if (lines === 0) return;
      lastY -= lines * target.lineHeight;
      target.scroll(lines);
    },
    { passive: false },
  );
}
