import { z } from 'zod';

/** Topic on which chat announces a channel with its first event. Only for services. */
export const CHANNELS_TOPIC = 'chat/channels';

const channelNoticeSchema = z.object({ channel: z.string().min(1) });

/** The announcement of a new channel. */
export type ChannelNotice = z.infer<typeof channelNoticeSchema>;

/** Reads a notice from JSON text. @throws ZodError or SyntaxError when the text is not one */
export function parseChannelNotice(json: string): ChannelNotice {
  return channelNoticeSchema.parse(JSON.parse(json));
}
