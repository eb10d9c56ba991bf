import type { Delivery } from '../delivery.ts';
import { asText, type Post } from '../post.ts';

/** The message of a plain text: the body as it was sent, or the field `text` of a form. */
export function textPosts({ text, form }: Delivery): Post[] {
  return [{ text: asText(form?.get('text') ?? text) }];
}
