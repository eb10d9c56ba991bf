import { parseChannel } from '@parley/contract/channels/channel.ts';
import { isSignalDraft } from '@parley/contract/events/draft.ts';
import { parseIdempotencyKey } from '@parley/contract/events/idempotency-key.ts';
import type { Signal, SignalReceipt } from '@parley/contract/events/signal.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler } from 'express';
import { draftFrom } from '../log/draft.ts';
import { failedOutcome } from '../log/outcome.ts';
import { receiptOf } from '../log/receipt.ts';
import type { Signals } from '../log/signals.ts';
import type { PostDraft, UnplacedPost } from '../store/store.ts';
import { parseMessageBody, requireFields } from './body/message-body.ts';
import { readBody } from './body/read-body.ts';
import type { ChangeParts } from './change-parts.ts';

/** What the routes that post need. */
export interface PostParts extends ChangeParts {
  signals: Signals;
}

/**
 * `POST /chat/:channel`: stores one message or typed event, or sends it as a signal, and answers with
 * its receipt.
 */
export function postMessage(parts: PostParts): RequestHandler<{ channel: string }> {
  const { committer, signals, serverName, clock, metrics, limit, posterOf } = parts;
  return async (request, response) => {
    let kind = 'message';
    try {
      const identity = identityOf(response);
      const poster = posterOf(request, identity);
      if (limit) {
        await limit.count(poster);
        response.setHeader('RateLimit-Policy', limit.policy);
      }
      const { draft, isSignal } = parseRequest(request, await readBody(request), identity);
      kind = isSignal ? 'signal' : draft.kind;
      if (isSignal) {
        const signal = await signals.send(draft, poster);
        metrics.posts.inc({ kind, outcome: 'sent' });
        response.status(202).json(signalReceipt(signal, serverName));
        return;
      }
      const stored = await committer.append<PostDraft>({
        ...draft,
        server: serverName,
        at: clock(),
      });
      metrics.posts.inc({ kind, outcome: stored.outcome });
      if (stored.outcome === 'replayed') response.setHeader('Idempotent-Replayed', 'true');
      response.status(stored.outcome === 'stored' ? 201 : 200);
      response.json(receiptOf(stored.event, stored.server));
    } catch (error) {
      metrics.posts.inc({ kind, outcome: failedOutcome(error) });
      throw error;
    }
  };
}

function parseRequest(
  request: Request<{ channel: string }>,
  body: Buffer,
  identity: Identity,
): { draft: UnplacedPost; isSignal: boolean } {
  const channel = parseChannel(request.params.channel);
  requirePublish(identity, channel);
  const key = parseIdempotencyKey(request.headers['idempotency-key']);
  const { headers, query } = request;
  const unchecked = parseMessageBody(body, headers, { query, name: identity.name });
  if (identity.name === undefined || unchecked.message === undefined)
    requireFields(unchecked, request);
  const isSignal = isSignalDraft(unchecked);
  return { draft: draftFrom(identity, { channel, key, ...unchecked }), isSignal };
}

function signalReceipt(signal: Signal, server: string): SignalReceipt {
  const { channel, type, at, username } = signal;
  return { channel, type, at, ...(username !== undefined && { username }), server };
}
