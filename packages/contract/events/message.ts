import { z } from 'zod';
import { isFarLonger, misleadingFault } from '../accounts/name.ts';
import { ChatError } from '../problem.ts';
import { remembering } from '../remembering.ts';

export const USERNAME_MAX = 64;
export const MESSAGE_MAX = 4000;

const LONG_NAME = `has more than ${USERNAME_MAX} characters`;
/** Control characters (Unicode category Cc) other than newline and tab. */
const FORBIDDEN_CONTROL = /[^\P{Cc}\n\t]/u;

/** A name and a text that a message can have. */
export interface CheckedDraft {
  username: string;
  message: string;
}

/** The answer to a stored POST. The answer to a repeat has the message's current text. */
export interface MessageReceipt {
  channel: string;
  epoch: string;
  seq: number;
  id: string;
  at: string;
  username: string;
  message: string;
  server: string;
}

/**
 * Text with one kind of line break: CR LF and CR become LF, because systems write them differently.
 */
const lines = z.string().transform((value) => value.replace(/\r\n?/g, '\n'));

function text(max: number) {
  return z
    .string()
    .refine((value) => value.length > 0, 'is empty')
    .refine((value) => !exceeds(value, max), `has more than ${max} characters`)
    .refine((value) => value.isWellFormed(), 'has half a surrogate pair')
    .refine((value) => !FORBIDDEN_CONTROL.test(value), 'has a control character');
}

/** Counts code points only where the number of UTF-16 units does not decide. */
function exceeds(value: string, max: number): boolean {
  return value.length > max && (value.length > 2 * max || [...value].length > max);
}

/**
 * A name without the check for misleading characters, which older messages in the log have not
 * passed.
 */
const storedNameSchema = z
  .string()
  .transform((value) => value.trim())
  .pipe(lines)
  .pipe(text(USERNAME_MAX));

/** A name in its composed form (NFC), without misleading characters. */
const nameSchema = z
  .string()
  .refine((value) => !isFarLonger(value.trim(), USERNAME_MAX), LONG_NAME)
  .transform((value) => value.trim().normalize('NFC'))
  .pipe(lines)
  .pipe(text(USERNAME_MAX))
  .superRefine((name, context) => {
    const fault = misleadingFault(name);
    if (fault !== undefined) context.addIssue(fault);
  });

const messageSchema = lines.pipe(text(MESSAGE_MAX));

/** The name and the text of a draft as a client sends them. */
export interface UncheckedMessage {
  username?: unknown;
  message?: unknown;
}

const parseName = remembering((name) => parseField('username', nameSchema, name, USERNAME_MAX));

/** Reads a name: trimmed, composed (NFC) and not misleading. @throws ChatError `invalid-username` */
export function parseUsername(value: unknown): string {
  if (typeof value === 'string') return parseName(value);
  return parseField('username', nameSchema, value, USERNAME_MAX);
}

/**
 * Reads a name that is known and must not change: the name of an account or in a transcript. It may
 * be older than the check for misleading characters.
 * @throws ChatError `invalid-username`
 */
export function parseKnownUsername(value: unknown): string {
  return parseField('username', storedNameSchema, value, USERNAME_MAX);
}

/**
 * Checks a draft. The name is trimmed, composed (NFC) and not misleading;
 * lengths count Unicode code points.
 * @throws ChatError `invalid-username` or `invalid-message`
 */
export function parseDraft({ username, message }: UncheckedMessage): CheckedDraft {
  return { username: parseUsername(username), message: parseMessageText(message) };
}

/** Checks a draft whose name is known. @throws ChatError `invalid-username` or `invalid-message` */
export function parseKnownDraft({ username, message }: UncheckedMessage): CheckedDraft {
  return { username: parseKnownUsername(username), message: parseMessageText(message) };
}

/** Reads a message's text. @throws ChatError `invalid-message` */
export function parseMessageText(value: unknown): string {
  return parseField('message', messageSchema, value, MESSAGE_MAX);
}

function parseField(
  name: 'username' | 'message',
  schema: z.ZodType<string>,
  value: unknown,
  max: number,
): string {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fault =
    typeof value === 'string' ? result.error.issues[0]?.message : 'is missing or not text';
  throw new ChatError(
    `invalid-${name}`,
    `The ${name} ${fault}; send 1 to ${max} characters without control characters other than newline and tab.`,
  );
}
