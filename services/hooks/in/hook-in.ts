import { parseChannel } from '@parley/contract/channels/channel.ts';
import { parseUsername } from '@parley/contract/events/message.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { z } from 'zod';
import { type HookIn, type HookInDraft, SENDERS } from '../store/in-store.ts';
import { checkTemplate } from './senders/template.ts';

/** A hook as administrators see it, without its secrets. */
export interface ShownHookIn {
  name: string;
  channel: string;
  sender: string;
  username: string;
  template?: string;
  /** True where GitHub's signature is required. */
  signed: boolean;
  at: string;
  by: string;
}

/** A text that every database can store: PostgreSQL has no NUL. */
const storable = z.string().regex(/^[^\0]*$/, 'has a NUL character');

const bodySchema = z.strictObject({
  channel: z.string(),
  sender: z.enum(SENDERS).optional(),
  template: storable.optional(),
  username: z.string().optional(),
  githubSecret: storable.min(1).max(255).optional(),
});

/**
 * Reads the description of a hook. A hook with a GitHub secret accepts only what GitHub has signed,
 * and keeps the secret that it has (`known`) until another sender is named.
 * @throws ChatError `invalid-hook`, `invalid-channel`, `reserved-channel` or `invalid-username`
 */
export function parseHookIn(name: string, body: unknown, known?: HookInDraft): HookInDraft {
  const read = bodySchema.safeParse(body);
  if (!read.success) {
    const { path, message } = read.error.issues[0] ?? { path: [], message: '' };
    throw invalid(`${path.join('.') || 'The body'}: ${message}.`);
  }
  const { channel, template = null, username = name } = read.data;
  const isGithub = (read.data.sender ?? 'github') === 'github' && template === null;
  const { githubSecret = (isGithub && known?.githubSecret) || null } = read.data;
  const { sender = githubSecret === null ? 'auto' : 'github' } = read.data;
  if (template !== null) checkTemplate(template);
  if (sender === 'template' && template === null)
    throw invalid('The sender "template" needs a template.');
  if (githubSecret !== null && sender !== 'github') {
    throw invalid('A githubSecret is for the sender "github" only; leave the sender out.');
  }
  if (template !== null && !['auto', 'template'].includes(sender)) {
    throw invalid(`The sender "${sender}" has no template; leave one of them out.`);
  }
  return {
    name,
    channel: parseChannel(channel),
    sender,
    template,
    username: parseUsername(username),
    githubSecret,
  };
}

/** What administrators see of a hook. */
export function showHookIn(hook: HookIn): ShownHookIn {
  const { name, channel, sender, username, template, githubSecret, at, by } = hook;
  return {
    name,
    channel,
    sender,
    username,
    ...(template !== null && { template }),
    signed: githubSecret !== null,
    at: new Date(at).toISOString(),
    by,
  };
}

function invalid(message: string): ChatError {
  return new ChatError('invalid-hook', message);
}
