import { z } from 'zod';

/*
 * What an export of Slack has (slack.com/help, "How to read Slack data exports"; docs.slack.dev,
 * "message event"). Fields that the import does not need are not here. Most fields may be missing or
 * null, in exports of many years and of other programs.
 */

const text = z.string().nullish();

export const slackUserSchema = z.object({
  id: z.string().min(1),
  name: text,
  real_name: text,
  profile: z.object({ display_name: text, real_name: text }).nullish(),
});

/** A channel, a private channel, or a direct conversation, which may have no name. */
export const slackChannelSchema = z.object({
  id: z.string().min(1),
  name: text,
  members: z.array(z.string()).nullish(),
});

const fileSchema = z.object({ name: text, title: text }).nullish();
const attachmentSchema = z
  .object({ pretext: text, title: text, text: text, fallback: text })
  .nullish();

export const slackMessageSchema = z.object({
  ts: z.string().regex(/^\d{1,11}\.\d{1,9}$/),
  subtype: text,
  hidden: z.boolean().nullish(),
  user: text,
  username: text,
  bot_id: text,
  bot_profile: z.object({ name: text }).nullish(),
  user_profile: z.object({ display_name: text, real_name: text, name: text }).nullish(),
  comment: z.object({ user: text }).nullish(),
  text,
  attachments: z.array(attachmentSchema).nullish(),
  files: z.array(fileSchema).nullish(),
  file: fileSchema,
  thread_ts: text,
  reactions: z
    .array(
      z.object({
        name: z.string(),
        users: z.array(z.string()).nullish(),
        count: z.int().nullish(),
      }),
    )
    .nullish(),
});

export type SlackUser = z.infer<typeof slackUserSchema>;
export type SlackChannel = z.infer<typeof slackChannelSchema>;
export type SlackMessage = z.infer<typeof slackMessageSchema>;
