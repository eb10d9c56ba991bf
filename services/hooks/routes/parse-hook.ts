import { parseChannel } from '@parley/contract/channels/channel.ts';
import { isChannelPattern } from '@parley/contract/channels/channel-pattern.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { z } from 'zod';
import { checkUrl } from '../out/check-url.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** `/hooks/in` is the path of webhooks that come in. */
const RESERVED = 'in';
const KIND = /^[A-Za-z*][A-Za-z0-9._*-]{0,63}$/;
/** Standard Webhooks: 24 to 64 bytes, in base64 behind `whsec_`. */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;
const LIST_MAX = 50;

/** True for a text that may be the name of a hook. */
export function isHookName(name: string): boolean {
  return NAME.test(name) && name.toLowerCase() !== RESERVED;
}

/** The name of a hook in a path. @throws ChatError `invalid-hook` */
export function parseHookName(name: unknown): string {
  if (typeof name === 'string' && isHookName(name)) return name;
  throw invalid(
    'A name has 1 to 64 letters A to Z, digits, ".", "_" and "-", begins with a letter or digit, and is not "in".',
  );
}

/** What an administrator sends to make or change a hook. */
export interface HookFields {
  url: string;
  channels: string[];
  kinds: string[];
  secret: string | undefined;
}

const fieldsSchema = z.strictObject({
  url: z.string().max(2_000),
  channels: z.array(z.string().refine(isNameOrPattern)).min(1).max(LIST_MAX),
  kinds: z.array(z.string().refine(isKind)).min(1).max(LIST_MAX).default(['message']),
  secret: z.string().refine(isSecret).optional(),
});

const HINTS: Record<string, string> = {
  url: 'url must be an http or https address without user and password',
  channels: `channels must be 1 to ${LIST_MAX} names of channels or patterns such as team.*`,
  kinds: `kinds must be 1 to ${LIST_MAX} kinds of events, or types of events such as order.*`,
  secret: 'secret must be whsec_ and 24 to 64 bytes in base64, or absent',
};

/** Reads the body of a PUT. @throws ChatError `invalid-hook` that names the wrong field */
export function parseHook(fields: Record<string, unknown>): HookFields {
  const parsed = fieldsSchema.safeParse(fields);
  if (!parsed.success) {
    const [field] = parsed.error.issues[0]?.path ?? [];
    const hint = HINTS[String(field)] ?? `the fields are ${Object.keys(HINTS).join(', ')}`;
    throw invalid(`${hint}.`);
  }
  const { url, channels, kinds, secret } = parsed.data;
  const fault = checkUrl(url);
  if (fault !== undefined) throw invalid(`${fault}.`);
  return { url, channels: channels.map(composed), kinds, secret };
}

/** A name of a channel, as opposed to a pattern. */
export const isName = (text: string) => !text.includes('*');

function isNameOrPattern(text: string): boolean {
  if (!isName(text)) return isChannelPattern(text);
  try {
    return parseChannel(text) !== '';
  } catch {
    return false;
  }
}

const composed = (text: string) => (isName(text) ? parseChannel(text) : text.normalize('NFC'));

/** The patterns of types have the form of channels' patterns. */
function isKind(text: string): boolean {
  return KIND.test(text) && (isName(text) || isChannelPattern(text));
}

function isSecret(text: string): boolean {
  if (!SECRET.test(text)) return false;
  const { length } = Buffer.from(text.slice('whsec_'.length), 'base64');
  return length >= 24 && length <= 64;
}

function invalid(detail: string): ChatError {
  return new ChatError('invalid-hook', detail);
}
