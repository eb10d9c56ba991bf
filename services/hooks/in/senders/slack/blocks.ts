import { listAt, lookUp, textAt } from '../../lookup.ts';
import { fromMrkdwn } from './mrkdwn.ts';
import { richText } from './rich-text.ts';

/** More blocks, fields or elements than Slack accepts are not read. */
const LIST_MAX = 100;

/** The texts of Slack's blocks (Block Kit), a paragraph each. Unknown blocks give their text, if any. */
export function blockTexts(blocks: unknown[]): string[] {
  return blocks.slice(0, LIST_MAX).map(blockText).filter(Boolean);
}

function blockText(block: unknown): string {
  switch (textAt(block, 'type')) {
    case 'header':
      return bold(objectText(lookUp(block, 'text')));
    case 'rich_text':
      return listAt(block, 'elements').slice(0, LIST_MAX).map(richText).join('\n');
    case 'markdown':
      return textAt(block, 'text');
    case 'context':
    case 'actions':
      return listAt(block, 'elements').slice(0, LIST_MAX).map(element).filter(Boolean).join(' ');
    case 'image':
      return image(block);
    case 'divider':
      return '';
    default:
      return section(block);
  }
}

function section(block: unknown): string {
  const fields = listAt(block, 'fields').slice(0, LIST_MAX).map(objectText);
  const parts = [objectText(lookUp(block, 'text')), ...fields, element(lookUp(block, 'accessory'))];
  return parts.filter(Boolean).join('\n');
}

/** An element beside or below a text: a text, a picture or a button. Menus have nothing to read. */
function element(value: unknown): string {
  const type = textAt(value, 'type');
  if (type === 'image') return image(value);
  if (type !== 'button') return objectText(value);
  const url = textAt(value, 'url');
  return url && `${objectText(lookUp(value, 'text'))}: ${url}`;
}

function image(value: unknown): string {
  const name = objectText(lookUp(value, 'title')) || textAt(value, 'alt_text');
  return [name, textAt(value, 'image_url')].filter(Boolean).join(': ');
}

/** The text of a text object: only the type `mrkdwn` has marks and escapes. */
function objectText(value: unknown): string {
  const text = textAt(value, 'text');
  return textAt(value, 'type') === 'mrkdwn' ? fromMrkdwn(text) : text;
}

function bold(text: string): string {
  return text && `**${text}**`;
}
