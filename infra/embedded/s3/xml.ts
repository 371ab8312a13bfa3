// The XML that S3 speaks, as much of it as is needed here.

type Content = string | number | Content[] | { [name: string]: Content };

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A document whose root has this name and these elements. An array repeats its element. */
export function xmlDocument(root: string, elements: Record<string, Content>, namespace = true): string {
  const attribute = namespace ? ` xmlns="${NAMESPACE}"` : '';
  return `${HEAD}<${root}${attribute}>${inner(elements)}</${root}>`;
}

function inner(content: Content): string {
  if (typeof content !== 'object') return escapeXml(String(content));
  return Object.entries(content)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => `<${name}>${inner(one)}</${name}>`),
    )
    .join('');
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** The parts that a CompleteMultipartUpload document names, in its order. Takes linear time. */
export function partsNamedIn(xml: string): { number: number; etag: string }[] {
  return xml
    .split('</Part>')
    .slice(0, -1)
    .map((block) => {
      const part = block.slice(block.lastIndexOf('<Part>'));
      const text = (name: string) => {
        const from = part.indexOf(`<${name}>`);
        const to = part.indexOf(`</${name}>`);
        return from < 0 || to < from ? '' : part.slice(from + name.length + 2, to).trim();
      };
      return {
        number: Number(text('PartNumber')),
        etag: text('ETag').replaceAll('&quot;', '').replaceAll('"', ''),
      };
    });
}
