const CHANNEL_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u;
/** Letters and marks without a glyph: fillers, variation selectors, blanks. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u{13441}\u{13442}\u{16fe4}]/u;

/** Explains to the reader which texts are channel names. */
export const CHANNEL_NAME_RULE =
  'A channel name has 1 to 64 characters. It begins with a letter or a digit. After that it can also have accents, ".", "_" and "-".';

/** Whether the text has the form of a channel name. Only the server knows the reserved names. */
export function isChannelName(text: string): boolean {
  return CHANNEL_NAME.test(text) && !INVISIBLE.test(text);
}

/**
 * The channel that was typed: composed (NFC), without spaces around it and without a leading `#`.
 */
export function typedChannel(text: string): string {
  return text.trim().replace(/^#/, '').normalize('NFC');
}

/** Whether the name is that of a direct channel, which the server makes by chance. */
export function isDirectName(channel: string): boolean {
  return /^direct-[\da-f]{32}$/.test(channel);
}
