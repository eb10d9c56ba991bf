import { dirname, resolve } from 'node:path';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import type { ChatError } from '@parley/contract/problem.ts';
import { readText, SettingsError } from '@parley/kit/settings/settings.ts';
import { z } from 'zod';
import { openDecode } from '../protobuf/decode.ts';
import { loadType } from '../protobuf/load-type.ts';
import type { Feed } from './feed.ts';

const DEFAULT_PER_SECOND = 5;

const channel = z.string().transform((name, context) => {
  try {
    return parseChannel(name);
  } catch (error) {
    context.addIssue((error as ChatError).message);
    return z.NEVER;
  }
});

/** A subject is also a path and, for a feed without a channel, a channel name. */
const subject = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}(\.[\p{L}\p{N}_-]+)*$/u,
    'must be one NATS subject of letters, digits, "_", "-" and ".", without wildcards',
  )
  .max(64);

const feedsSchema = z
  .array(
    z.strictObject({
      subject,
      proto: z.string().min(1),
      type: z.string().min(1),
      channel: channel.optional(),
      perSecond: z.number().positive().max(100).default(DEFAULT_PER_SECOND),
    }),
  )
  .min(1)
  .refine((feeds) => new Set(feeds.map((feed) => feed.subject)).size === feeds.length, {
    error: 'two feeds have the same subject',
  });

/**
 * Reads the feeds that a JSON file lists. Paths of `.proto` files are relative to the folder of the
 * JSON file.
 * @throws SettingsError that names the file, the feed and what is wrong
 */
export function readFeeds(file: string): Feed[] {
  const parsed = feedsSchema.safeParse(parseJson(file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SettingsError(`FEEDS_FILE: ${file}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  return parsed.data.map(({ subject: name, proto, type, channel: announced, perSecond }) => {
    const path = resolve(dirname(file), proto);
    const decode = openDecode(loadType(path, type));
    return { name, type, channel: announced, perSecond, decode };
  });
}

function parseJson(file: string): unknown {
  const text = readText('FEEDS_FILE', file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SettingsError(`FEEDS_FILE: ${file} is not JSON: ${(error as Error).message}`);
  }
}
