const POSITION = /^([A-Za-z0-9_-]{1,64}):(0|[1-9]\d{0,15})$/;

/** An epoch: a random word made with the channel. */
export const EPOCH = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * A position in a channel's log: the event numbered `seq` of the log whose random word is `epoch`.
 * `seq` 0 is the position before the first event.
 */
export interface Position {
  epoch: string;
  seq: number;
}

/** The position before the first event of a channel, in any log: also in one that begins later. */
export const BEFORE_ALL = '-:0';

/** Reads `<epoch>:<seq>`; `undefined` when it is anything else. */
export function parsePosition(text: string): Position | undefined {
  const match = POSITION.exec(text);
  if (!match) return undefined;
  const [, epoch = '', digits = ''] = match;
  const seq = Number(digits);
  return Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}

/** Writes `<epoch>:<seq>`, which is also an event's `id` and the SSE `id`. */
export function encodePosition({ epoch, seq }: Position): string {
  return `${epoch}:${seq}`;
}
