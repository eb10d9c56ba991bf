import { pickDraft, type UncheckedDraft } from '@parley/contract/events/draft.ts';
import { parseIdempotencyKey } from '@parley/contract/events/idempotency-key.ts';
import { linesOf } from '@parley/contract/lines.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import { parseJsonObject } from '@parley/kit/http/body-fields.ts';
import { BODY_MAX_BYTES } from '@parley/kit/http/server/unfinished-bodies.ts';

/** The most lines of a batch. */
const LINES_MAX = 1_000;

/** A line of a batch: the fields of a post, its channel and its key. */
export interface BatchLine {
  channel: unknown;
  key: string | undefined;
  fields: UncheckedDraft;
}

/**
 * The lines of a batch, without the empty text after the last newline.
 * @throws ChatError `body-too-large` for too many lines
 */
export function splitLines(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (const line of linesOf(body)) {
    if (lines.length === LINES_MAX) {
      throw new ChatError('body-too-large', `A batch has at most ${LINES_MAX} lines; send less.`);
    }
    lines.push(line);
  }
  return lines;
}

/**
 * Reads one line of a batch. It may be as long as the body of a single post.
 * @throws ChatError `body-too-large`, `invalid-encoding`, `malformed-json`, `invalid-event` or
 * `invalid-idempotency-key`
 */
export function parseBatchLine(line: Buffer): BatchLine {
  if (line.length > BODY_MAX_BYTES) {
    throw new ChatError('body-too-large', 'The line is over 64 KB; send less.');
  }
  const object = parseJsonObject(decodeUtf8(line, 'The line'), 'The line');
  const fields = pickDraft(object, ['channel', 'key']);
  const key = parseIdempotencyKey(object.key as string | undefined);
  return { channel: object.channel, key, fields };
}
