import { parseChannel } from '@parley/contract/channels/channel.ts';
import { parseIdempotencyKey } from '@parley/contract/events/idempotency-key.ts';
import type { MessageReceipt } from '@parley/contract/events/message.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler } from 'express';
import type { Committer, SettledOf } from '../log/committer.ts';
import { draftFrom } from '../log/draft.ts';
import { failedOutcome } from '../log/outcome.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { PostLimit } from '../post-limit.ts';
import type { MessageDraft } from '../store/store.ts';
import { parseMessageBody, requireFields } from './body/message-body.ts';
import { readBody } from './body/read-body.ts';

/** `POST /chat/:channel`: stores one message and answers with its receipt. */
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
    try {
      if (limit) {
        await limit.ofRequest(request, identityOf(response));
        response.setHeader('RateLimit-Policy', limit.policy);
      }
      const draft = parseRequest(request, await readBody(request), identityOf(response));
      const stored = await committer.append({ ...draft, server: serverName, at: clock() });
      metrics.posts.inc({ outcome: stored.outcome });
      if (stored.outcome === 'replayed') response.setHeader('Idempotent-Replayed', 'true');
      response.status(stored.outcome === 'stored' ? 201 : 200).json(receipt(stored));
    } catch (error) {
      metrics.posts.inc({ outcome: failedOutcome(error) });
      throw error;
    }
  };
}

function parseRequest(
  request: Request<{ channel: string }>,
  body: Buffer,
  identity: Identity,
): Omit<MessageDraft, 'server' | 'at'> {
  const channel = parseChannel(request.params.channel);
  requirePublish(identity, channel);
  const key = parseIdempotencyKey(request.headers['idempotency-key']);
  const unchecked = parseMessageBody(body, request.headers, request.query);
  if (identity.name === undefined || unchecked.message === undefined)
    requireFields(unchecked, request);
  return draftFrom(identity, { channel, key, ...unchecked });
}

function receipt(stored: SettledOf<MessageDraft>): MessageReceipt {
  const { channel, epoch, seq, id, at, username, message } = stored.message;
  const { server } = stored;
  return { channel, epoch, seq, id, at, username, message, server };
}
