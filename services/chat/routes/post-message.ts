import { parseChannel } from '@parley/contract/channels/channel.ts';
import { parseIdempotencyKey } from '@parley/contract/events/idempotency-key.ts';
import type { MessageReceipt } from '@parley/contract/events/message.ts';
import type { EventReceipt } from '@parley/contract/events/typed-event.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler } from 'express';
import type { Committer } from '../log/committer.ts';
import { draftFrom } from '../log/draft.ts';
import { failedOutcome } from '../log/outcome.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { PostLimit } from '../post-limit.ts';
import type { PostDraft, Posted } from '../store/store.ts';
import { parseMessageBody, requireFields } from './body/message-body.ts';
import { readBody } from './body/read-body.ts';

/** `POST /chat/:channel`: stores one message or typed event and answers with its receipt. */
export function postMessage({
  committer,
  serverName,
  clock,
  metrics,
  limit,
}: {
  committer: Committer;
  serverName: string;
  clock: () => number;
  metrics: ChatMetrics;
  limit: PostLimit | undefined;
}): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    let kind: PostDraft['kind'] = 'message';
    try {
      if (limit) {
        await limit.ofRequest(request, identityOf(response));
        response.setHeader('RateLimit-Policy', limit.policy);
      }
      const draft = parseRequest(request, await readBody(request), identityOf(response));
      kind = draft.kind;
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
): ReturnType<typeof draftFrom> {
  const channel = parseChannel(request.params.channel);
  requirePublish(identity, channel);
  const key = parseIdempotencyKey(request.headers['idempotency-key']);
  const unchecked = parseMessageBody(body, request.headers, request.query);
  if (identity.name === undefined || unchecked.message === undefined)
    requireFields(unchecked, request);
  return draftFrom(identity, { channel, key, ...unchecked });
}

function receiptOf(event: Posted, server: string): MessageReceipt | EventReceipt {
  const { channel, epoch, seq, id, at } = event;
  const place = { channel, epoch, seq, id, at };
  if (event.kind === 'message') {
    return { ...place, username: event.username, message: event.message, server };
  }
  const { type, username } = event;
  return { ...place, type, ...(username !== undefined && { username }), server };
}
