import { ChatError } from '@parley/contract/problem.ts';
import type { Delivery } from '../../delivery.ts';
import { firstLine, listAt, textAt } from '../../lookup.ts';
import { asText, cut, type Post } from '../../post.ts';
import { attachmentTexts } from './attachments.ts';
import { blockTexts } from './blocks.ts';
import { fromMrkdwn } from './mrkdwn.ts';

const NAME_MAX = 64;

/** True for a body in the form of Slack's incoming webhooks. */
export function isSlack({ json }: Delivery): boolean {
  const isText = textAt(json, 'text') !== '';
  return isText || listAt(json, 'attachments').length > 0 || listAt(json, 'blocks').length > 0;
}

/**
 * The message of Slack's incoming form: blocks, or without them the text, and attachments. The name
 * that the sender gives stands before the text, because the message is the hook's.
 * @throws ChatError `malformed-request` or `invalid-message`
 */
export function slackPosts(delivery: Delivery): Post[] {
  const { json } = delivery;
  if (!isSlack(delivery)) {
    throw new ChatError('malformed-request', 'Send JSON with text, blocks or attachments.');
  }
  const blocks = blockTexts(listAt(json, 'blocks'));
  const main = blocks.length > 0 ? blocks.join('\n\n') : fromMrkdwn(textAt(json, 'text'));
  const text = [main, ...attachmentTexts(listAt(json, 'attachments'))].filter(Boolean).join('\n\n');
  const name = cut(firstLine(textAt(json, 'username')).trim(), NAME_MAX);
  return [{ text: asText(name && text ? `${name}: ${text}` : text) }];
}
