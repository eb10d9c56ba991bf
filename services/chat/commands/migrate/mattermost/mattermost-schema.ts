import { z } from 'zod';

/*
 * What a bulk export of Mattermost has (docs.mattermost.com, "Bulk loading data", and imports of
 * server/channels/app). Fields that the import does not need are not here.
 */

const text = z.string().nullish();
const word = z.string().min(1);

const common = z.object({
  user: word,
  type: text,
  message: text,
  create_at: z.number(),
  props: z.record(z.string(), z.unknown()).nullish().catch(null),
  attachments: z.array(z.object({ path: text })).nullish(),
  reactions: z.array(z.object({ user: word, emoji_name: word, create_at: z.number() })).nullish(),
});

export const postSchema = common.extend({ replies: z.array(common).nullish() });
const placedPostSchema = postSchema.extend({ team: word, channel: word });
const directPostSchema = postSchema.extend({ channel_members: z.array(z.string()) });

/** A line of an export that the import reads. */
export const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('version'), version: z.number() }),
  z.object({ type: z.literal('team'), team: z.object({ name: word }) }),
  z.object({
    type: z.literal('channel'),
    channel: z.object({ team: word, name: word, type: text }),
  }),
  z.object({ type: z.literal('user'), user: z.object({ username: word }) }),
  z.object({ type: z.literal('post'), post: placedPostSchema }),
  z.object({ type: z.literal('direct_post'), direct_post: directPostSchema }),
]);

/** Lines whose content the import does not need. */
export const OTHER_LINES = new Set(['role', 'scheme', 'emoji', 'bot', 'direct_channel']);

/** A post or a reply. */
export type Post = z.infer<typeof common>;
export type PostWithReplies = z.infer<typeof postSchema>;
