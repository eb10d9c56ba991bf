import { parseChannel } from '@parley/contract/channel.ts';
import { parseIdempotencyKey } from '@parley/contract/idempotency-key.ts';
import { type MessageReceipt, parseMessageDraft } from '@parley/contract/message.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler } from 'express';
import type { Committer } from '../committer.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { LimitPost } from '../post-limit.ts';
import type { Append } from '../store/store.ts';
import { parseMessageBody } from './message-body.ts';
import { readBody } from './read-body.ts';

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
  limit: LimitPost | undefined;
}): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    try {
      if (limit) await limit(request, identityOf(response));
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
): Omit<Append, 'server' | 'at'> {
  const channel = parseChannel(request.params.channel);
  requirePublish(identity, channel);
  const key = parseIdempotencyKey(request.headers['idempotency-key']);
  const fields = parseMessageBody(body, request.headers, request.query);
  const draft = parseMessageDraft({ ...fields, username: nameFor(identity, fields.username) });
  return key === undefined ? { channel, ...draft } : { channel, ...draft, key };
}

/** Whoever has a name speaks under it, also without saying so. */
function nameFor({ name }: Identity, given: unknown): unknown {
  if (name === undefined || given === name) return given;
  if (given === undefined) return name;
  throw new ChatError('forbidden', `This token speaks as ${name} and as nobody else.`);
}

function receipt({ event, server }: Awaited<ReturnType<Committer['append']>>): MessageReceipt {
  const { channel, epoch, seq, id, at, username, message } = event;
  return { channel, epoch, seq, id, at, username, message, server };
}

function failedOutcome(error: unknown): string {
  if (!(error instanceof ChatError)) return 'failed';
  if (error.code === 'idempotency-mismatch') return 'mismatch';
  return error.status < 500 ? 'refused' : 'failed';
}
