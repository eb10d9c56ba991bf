import { ChatError } from '../problem.ts';

/** Most different emoji on one message. */
export const REACTIONS_MAX = 20;

/** The answer to a reaction: the emoji as it is stored, and its count on the message. */
export interface ReactionReceipt {
  seq: number;
  emoji: string;
  count: number;
}

/** UTF-16 units; the longest emoji of Unicode 17 has 15. */
const EMOJI_MAX_UNITS = 32;
/** Variation Selector-16, which asks to show a character as an emoji. */
const SELECTOR = /\uFE0F/g;
/** A character that needs the selector in a fully qualified emoji (UTS #51, ED-18). */
const NEEDS_SELECTOR = /(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{Emoji_Modifier})/gu;
/**
 * One emoji that is recommended for general interchange (UTS #51, ED-27). Each is in NFC. It is made
 * when it is first used: V8 needs 16 ms for it.
 */
let oneEmoji: RegExp | undefined;

/**
 * Reads an emoji. With and without Variation Selector-16 it is the same: the fully qualified one.
 * @throws ChatError `invalid-reaction`
 */
export function parseEmoji(text: string): string {
  if (text.length <= EMOJI_MAX_UNITS) {
    const emoji = text.replace(SELECTOR, '').replace(NEEDS_SELECTOR, '$&\uFE0F');
    oneEmoji ??= /^\p{RGI_Emoji}$/v;
    if (oneEmoji.test(emoji)) return emoji;
  }
  throw new ChatError('invalid-reaction', 'A reaction is one emoji, percent-encoded in the path.');
}
