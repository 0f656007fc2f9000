/**
 * A picture of many marks, made and drawn a slice per frame so that keys are answered in between, and changed where it
 * differs: new counts replace the marks that show them and leave the rest of a large chart alone.
 */

/** Marks that a slow machine makes, parses and lays out in a frame or two. */
const SLICE = 40;

export class Drawing {
  readonly #svg: SVGSVGElement;
  readonly #afterSlice: () => void;
  /** What is drawn, and as which element. */
  readonly #shown: { readonly mark: string; readonly element: Element }[] = [];
  #frame: number | undefined;

  /** `afterSlice` is called whenever elements have come or gone. */
  constructor(svg: SVGSVGElement, afterSlice: () => void) {
    this.#svg = svg;
    this.#afterSlice = afterSlice;
  }

  /** Each mark is one element. The first slice is there on return; the rest follows, unless something newer is drawn. */
  draw(marks: Iterator<string>): void {
    this.stop();
    this.#go(marks, 0);
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #go(marks: Iterator<string>, from: number): void {
    const changed: (readonly [at: number, mark: string])[] = [];
    for (let at = from; at < from + SLICE; at++) {
      const { done, value: mark } = marks.next();
      if (done) return this.#put(changed);
      if (this.#shown[at]?.mark !== mark) changed.push([at, mark]);
    }
    this.#put(changed);
    this.#frame = requestAnimationFrame(() => this.#go(marks, from + SLICE));
  }

  #put(changed: readonly (readonly [at: number, mark: string])[]): void {
    if (changed.length === 0) return;
    const elements = elementsOf(changed.map(([, mark]) => mark));
    const added = document.createDocumentFragment();
    changed.forEach(([at, mark], i) => {
      const element = elements[i];
      if (element === undefined) return;
      const before = this.#shown[at];
      if (before === undefined) added.append(element);
      else before.element.replaceWith(element);
      this.#shown[at] = { mark, element };
    });
    this.#svg.append(added);
    this.#afterSlice();
  }
}

function elementsOf(marks: readonly string[]): readonly Element[] {
  const template = document.createElement("template");
  template.innerHTML = `<svg>${marks.join("")}</svg>`;
  return [...(template.content.firstElementChild?.children ?? [])];
}
