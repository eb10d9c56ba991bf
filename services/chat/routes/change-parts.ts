import { parseChannel } from '@parley/contract/channel.ts';
import type { EventKind } from '@parley/contract/event.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { Request, Response } from 'express';
import type { Committer, SettledOf } from '../committer.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { PostLimit } from '../post-limit.ts';
import type { Append } from '../store/store.ts';

/** What the routes of votes, edits, deletes and closing are made of. */
export interface ChangeParts {
  committer: Committer;
  serverName: string;
  clock: () => number;
  metrics: ChatMetrics;
  limit: PostLimit | undefined;
}

const SEQ = /^[1-9]\d{0,14}$/;

/** The event that a path names. @throws ChatError `not-found` */
export function parseSeq(text: string): number {
  if (SEQ.test(text)) return Number(text);
  throw new ChatError('not-found', `There is no event ${text}; events count 1, 2, 3 …`);
}

/**
 * Who asks for a change, and in which channel; it counts as a post.
 * @throws ChatError `too-many-requests`, or where that one may not speak there
 */
export async function admitChanger(
  { limit }: ChangeParts,
  request: Request<{ channel: string }>,
  response: Response,
): Promise<{ channel: string; identity: Identity }> {
  const identity = identityOf(response);
  if (limit) await limit.ofRequest(request, identity);
  const channel = parseChannel(request.params.channel);
  requirePublish(identity, channel);
  return { channel, identity };
}

/** Stores what `parse` makes of a request, and counts what became of it. @throws ChatError as either does */
export async function storeChange<D extends Append>(
  kind: Exclude<EventKind, 'message'>,
  { committer, serverName, clock, metrics }: ChangeParts,
  parse: () => Promise<Omit<D, 'kind' | 'server' | 'at'>>,
): Promise<SettledOf<D>> {
  try {
    const draft = { ...(await parse()), kind, server: serverName, at: clock() } as unknown as D;
    const settled = await committer.append(draft);
    metrics.changes.inc({ kind, outcome: settled.outcome });
    return settled;
  } catch (error) {
    const refused = error instanceof ChatError && error.status < 500;
    metrics.changes.inc({ kind, outcome: refused ? 'refused' : 'failed' });
    throw error;
  }
}
