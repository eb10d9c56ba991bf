const CHANNEL_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

/** What to tell somebody whose text is no channel name. */
export const CHANNEL_NAME_RULE =
  'A channel name has 1 to 64 letters or digits; after the first, also ".", "_" and "-".';

/** Whether the text has the shape of a channel name; the server alone knows the reserved ones. */
export function isChannelName(text: string): boolean {
  return CHANNEL_NAME.test(text);
}

/** What somebody typed as a channel: without spaces around it and without a leading `#`. */
export function typedChannel(text: string): string {
  return text.trim().replace(/^#/, '');
}
