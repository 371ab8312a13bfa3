// A page's HTML reduced to what cannot show people: elements, roles and classes, and of all text only the
// platform's own phrases.
import type { PagePort } from './browser/page-port.ts';

/** Reduces a text to the platform's own phrases. */
export type OwnWords = (text: string) => string;

/** An element: tag, attributes, children. A string is text. */
type Node = string | [tag: string, attributes: [name: string, value: string][], children: Node[]];

/** Attributes that describe how the page is built and hold no person's name. */
const KEPT = ['class', 'role', 'type', 'jsname', 'jscontroller', 'tabindex', 'disabled', 'hidden', 'inert'];
const KEPT_ARIA = /^aria-(?:hidden|modal|disabled|checked|pressed|expanded|haspopup|live|busy)$/;
/** Attributes with text that the page shows or reads out. */
const TEXTS = ['aria-label', 'alt', 'placeholder', 'title', 'value'];

const MAX_NODES = 20_000;

/** Returns the page's reduced HTML. `ownWords` reduces each text. Rejects when the page does not answer. */
export async function structureOf(page: PagePort, ownWords: OwnWords): Promise<string> {
  const [own, ...frames] = await page.documents();
  const script = `(${readTree})(${MAX_NODES})`;
  const root = (await own?.evaluate(script)) as Node;
  const inFrames = await Promise.allSettled(frames.map((frame) => frame.evaluate(script)));
  const html = (node: Node): string => {
    if (typeof node === 'string') return escaped(ownWords(node));
    const [tag, attributes, children] = node;
    const shown = attributes.map(([name, value]) => {
      if (KEPT.includes(name) || KEPT_ARIA.test(name)) return ` ${name}="${escaped(value)}"`;
      return TEXTS.includes(name) ? ` ${name}="${escaped(ownWords(value))}"` : ` ${name}`;
    });
    return `<${tag}${shown.join('')}>${children.map(html).join('')}</${tag}>`;
  };
  const all = [root, ...inFrames.flatMap((it) => (it.status === 'fulfilled' ? [it.value as Node] : []))];
  return `<!doctype html>\n${all.map(html).join('\n')}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Runs in the page. Of code, pictures and drawings it keeps only the element itself. */
function readTree(maxNodes: number): Node {
  const opaque = 'script, style, noscript, template, svg, canvas, video, audio, iframe, object, embed';
  let left = maxNodes;
  const read = (element: Element): Node => {
    const attributes = [...element.attributes].map(({ name, value }): [string, string] => [name, value]);
    const children: Node[] = [];
    for (const child of element.matches(opaque) ? [] : element.childNodes) {
      if (left === 0) break;
      if (child instanceof Element) {
        left -= 1;
        children.push(read(child));
      } else if (child.nodeType === 3 && child.nodeValue?.trim()) children.push(child.nodeValue);
    }
    return [element.localName, attributes, children];
  };
  return read(document.documentElement);
}
