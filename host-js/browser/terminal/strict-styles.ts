/*
 * xterm.js under a content security policy without `unsafe-inline`: its <style> elements and `style` attributes would be refused, so the document that it
 * gets makes elements which do the same by the object model, which no policy forbids.
 *
 *     <style>.textContent = rules    ->  a constructed style sheet of the shadow root
 *     setAttribute("style", ...)     ->  style.cssText (colours beyond the 16, in the DOM renderer)
 */

/** What xterm.js makes elements with. */
export class StrictStyles {
  /** For xterm's option `documentOverride`: the page's document, but for the elements that it makes. */
  readonly document: Document;
  readonly #root: ShadowRoot;

  constructor(root: ShadowRoot) {
    this.#root = root;
    const createElement = (name: string) => this.#create(name);
    this.document = new Proxy(document, {
      get(target, key) {
        if (key === "createElement") return createElement;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** Calls `open`, while which the page's own document makes such elements, too: xterm's viewport asks that one [xterm CoreBrowserTerminal.open: mainDocument]. */
  while(open: () => void): void {
    const createElement = (name: string) => this.#create(name);
    Object.defineProperty(document, "createElement", { configurable: true, value: createElement });
    try {
      open();
    } finally {
      Reflect.deleteProperty(document, "createElement");
    }
  }

  #create(name: string): HTMLElement {
    // Even an empty <style> is refused; a template does nothing.
    const element = Document.prototype.createElement.call(document, name === "style" ? "template" : name);
    if (name === "style") this.#divert(element);
    else if (name === "span") element.setAttribute = setAttribute;
    return element;
  }

  #divert(style: HTMLElement): void {
    const sheet = new CSSStyleSheet();
    this.#root.adoptedStyleSheets.push(sheet);
    Object.defineProperty(style, "textContent", { set: (rules: string) => sheet.replaceSync(rules) });
    style.remove = () => {
      Element.prototype.remove.call(style);
      this.#root.adoptedStyleSheets = this.#root.adoptedStyleSheets.filter((other) => other !== sheet);
    };
  }
}

function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}
