/** A strict reader of XML, as far as an SVG needs it: throws where a browser would show an error. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Elements around it. */
  readonly depth: number;
  /** Directly in it. */
  readonly text: string;
}

const TOKEN = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ENTITY = /&(?:amp|lt|gt|quot|#39);/g;
const VALUES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

export function elementsOf(xml: string): readonly Element[] {
  const elements: { name: string; attributes: Record<string, string>; depth: number; text: string }[] = [];
  const open: (typeof elements)[number][] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < xml.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(xml);
    if (token === null) throw new Error(`not well-formed at ${at}: ${xml.slice(at, at + 60)}`);
    const [, closes, name = "", attributes = "", isEmpty, text] = token;
    if (text !== undefined) {
      const parent = open.at(-1);
      if (parent !== undefined) parent.text += decoded(text);
      else if (text.trim() !== "") throw new Error(`text outside: ${text}`);
    } else if (closes === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element, at ${at}`);
    } else {
      const element = { name, attributes: attributesOf(attributes), depth: open.length, text: "" };
      elements.push(element);
      if (isEmpty !== "/") open.push(element);
    }
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)?.name}> is not closed`);
  return elements;
}

/** Of texts and titles. */
export const textsOf = (elements: readonly Element[]): readonly string[] =>
  elements.filter(({ name }) => name === "text" || name === "title").map(({ text }) => text);

function attributesOf(source: string): Record<string, string> {
  const found = [...source.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
    ([, name = "", value = ""]) => [name, decoded(value)] as const,
  );
  if (new Set(found.map(([name]) => name)).size !== found.length) throw new Error(`an attribute twice: ${source}`);
  return Object.fromEntries(found);
}

function decoded(text: string): string {
  if (text.includes("]]>") || /&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`a bare sign: ${text}`);
  return text.replace(ENTITY, (entity) => VALUES[entity] ?? entity);
}
