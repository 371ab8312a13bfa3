// Makes plain text of what people paste: HTML, the source of a mail, a calendar file. Every step is linear in
// the length of the text.

/** Marks nobody sees: programs put them into long links so that lines can break. */
const INVISIBLE = /[\u00ad\u200b-\u200d\u2060\ufeff]/g;
const TAG = /<\/?[a-z][a-z0-9]*(?:[\s/][^<>]*)?>/gi;
const INLINE = /^<\/?(?:a|abbr|b|em|font|i|span|strong|u)[\s/>]/i;
/** A line of a calendar file. Its names are in capitals, those of prose are not. */
const CALENDAR = /^(?:BEGIN:V|(?:X-[A-Z-]{3,40}|CONFERENCE|DESCRIPTION|LOCATION|URL)[:;])/m;
const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** The text with the addresses of its links, without tags, entities, folds and invisible marks. */
export function plainText(pasted: string): string {
  const text = unfolded(pasted.replace(INVISIBLE, '').replaceAll('\\/', '/'));
  const bare = text.includes('<') ? text.replace(TAG, textOfTag) : text;
  return bare.includes('&')
    ? bare.replace(/&(?:amp;)*(\w{2,6}|#\d{2,5}|#x[0-9a-f]{2,4});/gi, textOfEntity)
    : bare;
}

/** A link's address in place of its tag; else a blank, or a line break for what stands on its own. */
function textOfTag(tag: string): string {
  if (/^<wbr/i.test(tag)) return '';
  const address = /\shref\s{0,3}=\s{0,3}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(tag);
  const target = address?.[1] ?? address?.[2] ?? address?.[3];
  if (target !== undefined) return `\n<${target}>\n`;
  return INLINE.test(tag) ? ' ' : '\n';
}

function textOfEntity(entity: string, name: string): string {
  const lower = name.toLowerCase();
  if (Object.hasOwn(ENTITIES, lower)) return ENTITIES[lower] ?? entity;
  if (!lower.startsWith('#')) return entity;
  const code = lower.startsWith('#x') ? Number.parseInt(lower.slice(2), 16) : Number(lower.slice(1));
  // Invisible marks and halves of characters stay out.
  return code >= 32 && code < 0xd800 && !/[\u00ad\u200b-\u200d]/.test(String.fromCharCode(code))
    ? String.fromCharCode(code)
    : '';
}

/** Joins the lines that calendar files and mails break, and reads their escapes. */
function unfolded(text: string): string {
  if (CALENDAR.test(text)) {
    return text
      .replace(/\r?\n[ \t]/g, '')
      .replace(/\\n/gi, '\n')
      .replace(/\\([,;])/g, '$1');
  }
  if (/^content-transfer-encoding: ?quoted-printable/im.test(text)) {
    return text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (code, hex: string) => {
      const value = Number.parseInt(hex, 16);
      return value >= 32 && value < 127 ? String.fromCharCode(value) : code === '=A0' ? ' ' : '';
    });
  }
  return text;
}
