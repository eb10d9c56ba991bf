import { listAt, textAt } from '../../lookup.ts';

const LIST_MAX = 100;

/** The text of an element of a `rich_text` block: a paragraph, a list, a quote or code. */
export function richText(value: unknown): string {
  const elements = listAt(value, 'elements').slice(0, LIST_MAX);
  switch (textAt(value, 'type')) {
    case 'rich_text_list': {
      const isOrdered = textAt(value, 'style') === 'ordered';
      return elements
        .map((item, i) => `${isOrdered ? `${i + 1}.` : '-'} ${inline(listAt(item, 'elements'))}`)
        .join('\n');
    }
    case 'rich_text_preformatted':
      return `\`\`\`\n${inline(elements)}\n\`\`\``;
    case 'rich_text_quote':
      return inline(elements)
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n');
    default:
      return inline(elements);
  }
}

function inline(elements: unknown[]): string {
  return elements.slice(0, LIST_MAX).map(part).join('');
}

function part(value: unknown): string {
  const at = (name: string) => textAt(value, name);
  switch (at('type')) {
    case 'link':
      return at('text') && at('text') !== at('url') ? `${at('text')} (${at('url')})` : at('url');
    case 'user':
      return `@${at('user_id')}`;
    case 'usergroup':
      return `@${at('usergroup_id')}`;
    case 'broadcast':
      return `@${at('range')}`;
    case 'channel':
      return `#${at('channel_id')}`;
    case 'emoji':
      return emoji(at('unicode')) || `:${at('name')}:`;
    case 'date':
      return at('fallback');
    default:
      return marked(at('text'), value);
  }
}

function marked(text: string, value: unknown): string {
  if (text.trim() === '') return text;
  if (textAt(value, 'style.code') === 'true') return `\`${text}\``;
  if (textAt(value, 'style.bold') === 'true') return `**${text}**`;
  return textAt(value, 'style.italic') === 'true' ? `*${text}*` : text;
}

/** Slack gives an emoji as code points in hexadecimal with "-" between. */
function emoji(codes: string): string {
  if (!/^[\da-f]{1,6}(?:-[\da-f]{1,6}){0,9}$/i.test(codes)) return '';
  const points = codes.split('-').map((code) => Number.parseInt(code, 16));
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : '';
}
