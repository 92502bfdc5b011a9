/*
 * <colinux-terminal-style>: what a <style> element does, by a constructed style sheet of the shadow root that it is in. A content security policy without
 * `unsafe-inline` refuses the <style> elements of xterm.js; so where it makes one it makes one of these, by two words that are exchanged when the terminal
 * becomes one file (setup.mjs: strictStyles).
 */

export class StyleElement extends HTMLElement {
  readonly #sheet = new CSSStyleSheet();
  #root: ShadowRoot | undefined;

  override set textContent(rules: string) {
    this.#sheet.replaceSync(rules);
  }

  connectedCallback(): void {
    const root = this.getRootNode();
    if (!(root instanceof ShadowRoot)) return;
    this.#root = root;
    root.adoptedStyleSheets.push(this.#sheet);
  }

  disconnectedCallback(): void {
    const root = this.#root;
    this.#root = undefined;
    if (root) root.adoptedStyleSheets = root.adoptedStyleSheets.filter((sheet) => sheet !== this.#sheet);
  }
}
