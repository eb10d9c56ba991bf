import type { IncomingMessage } from 'node:http';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { isSignalDraft } from '@parley/contract/events/draft.ts';
import { parseIdempotencyKey } from '@parley/contract/events/idempotency-key.ts';
import type { Signal, SignalReceipt } from '@parley/contract/events/signal.ts';
import type { HotAddress, HotRoute } from '@parley/kit/http/hot-route.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { sendJson } from '@parley/kit/http/send-json.ts';
import type { FindIdentity } from '@parley/kit/tokens/identify.ts';
import { type Identity, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { Renaming } from '../access/renaming.ts';
import { draftFrom } from '../log/draft.ts';
import { failedOutcome } from '../log/outcome.ts';
import { receiptOf } from '../log/receipt.ts';
import type { Signals } from '../log/signals.ts';
import type { PostDraft, UnplacedPost } from '../store/store.ts';
import { parseMessageBody, requireFields } from './body/message-body.ts';
import type { ChangeParts } from './change-parts.ts';

/** What the routes that post need. */
export interface PostParts extends ChangeParts {
  signals: Signals;
}

/**
 * `POST /chat/:channel`: stores one message or typed event, or sends it as a signal, and answers with
 * its receipt.
 */
export function postMessage(
  parts: PostParts & { identityOf: FindIdentity; renaming: Renaming },
): HotRoute['answer'] {
  const { committer, signals, serverName, clock, metrics, limit, posterOf, identityOf } = parts;
  return async (request, response, address) => {
    const identity = await identityOf(request);
    let kind = 'message';
    try {
      const poster = posterOf(request, identity);
      if (limit) {
        await limit.count(poster);
        response.setHeader('RateLimit-Policy', limit.policy);
      }
      const { draft, isSignal } = parseRequest(request, {
        address,
        body: await readBody(request),
        identity,
      });
      kind = isSignal ? 'signal' : draft.kind;
      if (isSignal) {
        const signal = await signals.send(draft, poster);
        metrics.posts.inc({ kind, outcome: 'sent' });
        sendJson(response, 202, signalReceipt(signal, serverName));
        return;
      }
      const stored = await committer.append<PostDraft>({
        ...draft,
        server: serverName,
        at: clock(),
      });
      metrics.posts.inc({ kind, outcome: stored.outcome });
      if (stored.outcome === 'replayed') response.setHeader('Idempotent-Replayed', 'true');
      const status = stored.outcome === 'stored' ? 201 : 200;
      sendJson(response, status, receiptOf(stored.event, stored.server));
    } catch (error) {
      metrics.posts.inc({ kind, outcome: failedOutcome(error) });
      throw await parts.renaming.explain(error, address.parameter, identity);
    }
  };
}

function parseRequest(
  request: IncomingMessage,
  { address, body, identity }: { address: HotAddress; body: Buffer; identity: Identity },
): { draft: UnplacedPost; isSignal: boolean } {
  const { parameter, query } = address;
  const channel = parseChannel(parameter);
  requirePublish(identity, channel);
  const key = parseIdempotencyKey(request.headers['idempotency-key']);
  const { headers } = request;
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
