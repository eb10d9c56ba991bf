import type { IncomingHttpHeaders } from 'node:http';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { isSignalDraft } from '@parley/contract/events/draft.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { contentTypeOf } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler } from 'express';
import type { Renaming } from '../access/renaming.ts';
import type { HeldBatch } from '../batches/batch-space.ts';
import type { BatchWriter, DraftLine, ExplainError } from '../batches/batch-writer.ts';
import { draftFrom } from '../log/draft.ts';
import { failedOutcome } from '../log/outcome.ts';
import type { Poster, PostLimit } from '../post-limit.ts';
import { parseBatchLine, splitLines } from './body/batch-lines.ts';
import type { ChangeParts } from './change-parts.ts';

const NDJSON = 'application/x-ndjson';
const BATCH_MAX_BYTES = 4 * 1_048_576;

/** What the route of batches needs. */
export interface BatchParts extends ChangeParts {
  batches: BatchWriter;
  renaming: Renaming;
}

/**
 * `POST /chat`: stores a batch, a message or typed event a line, and answers each line with its
 * receipt or its problem. A batch that was read is stored, also when its client has gone away.
 */
export function postBatch(parts: BatchParts): RequestHandler {
  const { batches, limit, posterOf, renaming } = parts;
  return async (request, response) => {
    // The address of a client that has gone away is no longer known.
    const identity = identityOf(response);
    const poster = posterOf(request, identity);
    using held = batches.space.open();
    using batch = await readBatch(parts, { request, held, poster });
    if (limit) response.setHeader('RateLimit-Policy', limit.policy);
    response.status(200).type(NDJSON);
    const draftOf = lineReader(limit, identity, poster);
    const explain: ExplainError = (error, channel) => renaming.explain(error, channel, identity);
    for await (const answers of batches.store(batch.lines, draftOf, explain)) {
      // The answer of a slow reader waits here, within the bounds of UnsentAnswers: a reader must
      // not delay what it has sent.
      if (!response.destroyed) response.write(answers);
    }
    response.end();
  };
}

/** A batch that is read. Disposing of it counts its lines off. */
interface Batch extends Disposable {
  lines: Buffer[];
}

/** Reads a batch. A batch that is refused as a whole counts as one post. */
async function readBatch(
  { batches, metrics, limit }: BatchParts,
  { request, held, poster }: { request: Request; held: HeldBatch; poster: Poster },
): Promise<Batch> {
  try {
    requireNdjson(request.headers);
    const body = await readBody(request, { maxBytes: BATCH_MAX_BYTES, count: held });
    held.complete();
    const lines = splitLines(body);
    return { lines, ...batches.turns.enter(lines.length) };
  } catch (error) {
    metrics.posts.inc({ kind: 'message', outcome: failedOutcome(error) });
    if (limit) await limit.count(poster);
    throw error;
  }
}

/** Each line counts as a post of the sender of the request. */
function lineReader(limit: PostLimit | undefined, identity: Identity, poster: Poster): DraftLine {
  return async (line) => {
    if (limit) await limit.count(poster);
    const { channel: name, key, fields } = parseBatchLine(line);
    const channel = parseChannel(name);
    requirePublish(identity, channel);
    if (isSignalDraft(fields)) throw noSignal();
    return draftFrom(identity, { channel, key, ...fields });
  };
}

function noSignal(): ChatError {
  return new ChatError(
    'invalid-event',
    'A batch has no signals; send this one to POST /chat/<channel>.',
  );
}

function requireNdjson(headers: IncomingHttpHeaders): void {
  if (contentTypeOf(headers) === NDJSON) return;
  throw new ChatError(
    'unsupported-media-type',
    `Send ${NDJSON}, a post a line; a single post goes to POST /chat/<channel>.`,
  );
}
