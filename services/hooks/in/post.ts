import { MESSAGE_MAX } from '@parley/contract/events/message.ts';
import { ChatError } from '@parley/contract/problem.ts';

/** An alert is one message, which is edited when the alert is resolved. */
export interface AlertState {
  /** Names the time for which one alert fires: from its start to its end. */
  episode: string;
  resolved: boolean;
}

/** A message that a delivery asks for. */
export interface Post {
  text: string;
  /** The sender's own id of the message: a message with a known id is not posted again. */
  id?: string | undefined;
  alert?: AlertState;
}

const CUT = '…';
/** Colours and other commands for terminals (ECMA-48), which programs leave in their output. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins each command.
const TERMINAL = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
/** Control characters other than newline and tab. */
const CONTROL = /[^\P{Cc}\n\t]/gu;

/**
 * The text of a post as chat accepts it: without control characters and blank edges, at most
 * `max` characters, the last of them "…" where it was cut.
 * @throws ChatError `invalid-message` when nothing is left
 */
export function asText(text: string, max = MESSAGE_MAX): string {
  const clean = text
    .slice(0, 8 * max)
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(TERMINAL, '')
    .replace(CONTROL, '')
    .trim();
  if (clean === '') throw new ChatError('invalid-message', 'The delivery gives an empty text.');
  return cut(clean, max);
}

/** The text, or its beginning with "…"; counts code points. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = [...text.slice(0, 2 * max)];
  if (characters.length <= max && text.length <= 2 * max) return text;
  return `${characters.slice(0, max - 1).join('')}${CUT}`;
}
