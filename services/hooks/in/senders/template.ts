import { ChatError } from '@parley/contract/problem.ts';
import type { Delivery } from '../delivery.ts';
import { lookUp, textOf } from '../lookup.ts';
import { asText, cut, type Post } from '../post.ts';

const TEMPLATE_MAX = 2_000;
const PLACES_MAX = 50;
/** Most characters of one value. */
const VALUE_MAX = 2_000;
const PLACE = /\{\{\s*([^{}\s]+)\s*\}\}/g;

/**
 * Checks a template: text with places such as `{{alert.title}}`, which are paths in the sender's JSON.
 * @throws ChatError `invalid-hook`
 */
export function checkTemplate(template: string): void {
  const rest = template.replace(PLACE, '');
  const places = template.match(PLACE)?.length ?? 0;
  const fault =
    (template.length > TEMPLATE_MAX && `has more than ${TEMPLATE_MAX} characters`) ||
    (places === 0 && 'has no place such as {{title}}') ||
    (places > PLACES_MAX && `has more than ${PLACES_MAX} places`) ||
    (/\{\{|\}\}/.test(rest) &&
      'has a place that cannot be read; write a path such as {{alert.title}}');
  if (fault) throw new ChatError('invalid-hook', `The template ${fault}.`);
}

/**
 * The message of a template. The fields of a form are its values, too; of a plain text `{{text}}`.
 * @throws ChatError `invalid-message` when all places are empty
 */
export function templatePosts({ json, form, text }: Delivery, template: string): Post[] {
  const values = json ?? (form ? Object.fromEntries(form) : { text });
  let isEmpty = true;
  const filled = template.replace(PLACE, (_, path: string) => {
    const value = cut(shown(lookUp(values, path)), VALUE_MAX);
    isEmpty &&= value.trim() === '';
    return value;
  });
  return [{ text: asText(isEmpty ? '' : filled) }];
}

/** A list or an object as JSON. */
function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : textOf(value);
}
