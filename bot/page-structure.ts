// A page's HTML without what people may have written or look like: its elements and their roles stay, and
// of its text only the platform's own words.
import type { Page } from 'playwright';

/** What of a text may be kept. */
export type OwnWords = (text: string) => string;

/** An element: tag, attributes, children. A string is text. */
type Node = string | [tag: string, attributes: [name: string, value: string][], children: Node[]];

/** Attributes that say how a page is built. No person's name is in them. */
const KEPT = ['class', 'role', 'type', 'jsname', 'jscontroller', 'tabindex', 'disabled', 'hidden', 'inert'];
const KEPT_ARIA = /^aria-(?:hidden|modal|disabled|checked|pressed|expanded|haspopup|live|busy)$/;
/** Attributes whose value is text for people. */
const TEXTS = ['aria-label', 'alt', 'placeholder', 'title', 'value'];

const MAX_NODES = 20_000;

/** Reads the page, and keeps of its texts what `ownWords` does. */
export async function structureOf(page: Page, ownWords: OwnWords): Promise<string> {
  const root = await page.evaluate(readTree, MAX_NODES);
  const html = (node: Node): string => {
    if (typeof node === 'string') return escaped(ownWords(node));
    const [tag, attributes, children] = node;
    const shown = attributes.map(([name, value]) => {
      if (KEPT.includes(name) || KEPT_ARIA.test(name)) return ` ${name}="${escaped(value)}"`;
      return TEXTS.includes(name) ? ` ${name}="${escaped(ownWords(value))}"` : ` ${name}`;
    });
    return `<${tag}${shown.join('')}>${children.map(html).join('')}</${tag}>`;
  };
  return `<!doctype html>\n${html(root)}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Runs in the page. Code, pictures and drawings are left out, but for the fact that they are there. */
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
