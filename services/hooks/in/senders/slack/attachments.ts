import { listAt, textAt } from '../../lookup.ts';
import { blockTexts } from './blocks.ts';
import { fromMrkdwn } from './mrkdwn.ts';

const ATTACHMENTS_MAX = 20;
const FIELDS_MAX = 50;

/** The texts of Slack's older attachments, a paragraph each. */
export function attachmentTexts(attachments: unknown[]): string[] {
  return attachments.slice(0, ATTACHMENTS_MAX).map(attachmentText).filter(Boolean);
}

function attachmentText(attachment: unknown): string {
  const at = (name: string) => textAt(attachment, name);
  const blocks = blockTexts(listAt(attachment, 'blocks'));
  if (blocks.length > 0) return blocks.join('\n\n');
  const fields = listAt(attachment, 'fields').slice(0, FIELDS_MAX).map(field);
  const parts = [
    fromMrkdwn(at('pretext')),
    at('author_name'),
    title(at('title'), at('title_link')),
    fromMrkdwn(at('text')),
    ...fields,
    at('image_url') || at('thumb_url'),
    at('footer'),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join('\n') : fromMrkdwn(at('fallback'));
}

function title(text: string, link: string): string {
  const name = text && `**${fromMrkdwn(text)}**`;
  return [name, link].filter(Boolean).join(' ');
}

function field(value: unknown): string {
  return [textAt(value, 'title'), fromMrkdwn(textAt(value, 'value'))].filter(Boolean).join(': ');
}
