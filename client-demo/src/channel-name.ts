const CHANNEL_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u;
/** Letters and marks without a glyph: fillers, variation selectors, blanks. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u{13441}\u{13442}\u{16fe4}]/u;

/** What to tell somebody whose text is no channel name. */
export const CHANNEL_NAME_RULE =
  'A channel name has 1 to 64 letters or digits; after the first, also their marks, ".", "_" and "-".';

/** Whether the text has the shape of a channel name; the server alone knows the reserved ones. */
export function isChannelName(text: string): boolean {
  return CHANNEL_NAME.test(text) && !INVISIBLE.test(text);
}

/** What was typed as a channel: composed (NFC), without spaces around it and without a leading `#`. */
export function typedChannel(text: string): string {
  return text.trim().replace(/^#/, '').normalize('NFC');
}
