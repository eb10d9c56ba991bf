import { basename } from 'node:path';
import { z } from 'zod';
import type { ForeignReaction } from '../intake.ts';
import { cleanName, type PersonNames } from '../person-names.ts';
import type { Post } from './mattermost-schema.ts';

const attachmentsSchema = z
  .array(
    z.object({
      pretext: z.string().nullish(),
      title: z.string().nullish(),
      text: z.string().nullish(),
      fallback: z.string().nullish(),
    }),
  )
  .catch([]);

/** The name of an author: the username, or the name that a webhook chose. */
export function authorOf({ user, props }: Post, people: PersonNames): string {
  const isWebhook = String(props?.from_webhook) === 'true';
  const program = isWebhook ? people.ofProgram(props?.override_username) : undefined;
  return program ?? people.of(user) ?? cleanName(user) ?? 'unknown';
}

/** The text of a post. That of a program may be in its attachments only. */
export function textOf({ message, props }: Post): string {
  if (message) return message;
  return attachmentsSchema
    .parse(props?.attachments)
    .map(({ pretext, title, text, fallback }) => {
      return [pretext, title, text].filter(Boolean).join('\n') || fallback || '';
    })
    .filter(Boolean)
    .join('\n');
}

/** The names of the files of a post. */
export function filesOf({ attachments }: Post): string[] {
  return (attachments ?? []).map(({ path }) => basename(path ?? '') || 'file');
}

/** The reactions to a post, in the order of their times. */
export function reactionsOf({ reactions }: Post): ForeignReaction[] {
  return (reactions ?? [])
    .toSorted((one, other) => one.create_at - other.create_at)
    .map(({ user, emoji_name, create_at }) => {
      return { name: emoji_name, users: [user], count: 1, at: create_at };
    });
}
