import { parseChannel } from '@parley/contract/channels/channel.ts';
import type { EventKind } from '@parley/contract/events/event.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { Viewer } from '@parley/kit/viewer.ts';
import type { Request, Response } from 'express';
import type { Committer, SettledOf } from '../log/committer.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { PosterOf, PostLimit } from '../post-limit.ts';
import type { Draft } from '../store/store.ts';

/** What the routes that write to the log need. */
export interface ChangeParts {
  committer: Committer;
  serverName: string;
  clock: () => number;
  metrics: ChatMetrics;
  limit: PostLimit | undefined;
  posterOf: PosterOf;
}

const SEQ = /^[1-9]\d{0,14}$/;

/** Reads the seq of an event from a path. @throws ChatError `not-found` */
export function parseSeq(text: string): number {
  if (SEQ.test(text)) return Number(text);
  throw new ChatError('not-found', `There is no event ${text}; events are numbered 1, 2, 3 …`);
}

/**
 * Finds who asks for a change, in which channel, and as whom when that is private. The change counts as a post.
 * @throws ChatError `too-many-requests`, or when the identity may not post in the channel
 */
export async function admitChanger(
  { limit, posterOf }: ChangeParts,
  request: Request<{ channel: string }>,
  response: Response,
): Promise<{ channel: string; identity: Identity; viewer: Viewer }> {
  const identity = identityOf(response);
  await limit?.count(posterOf(request, identity));
  const channel = parseChannel(request.params.channel);
  requirePublish(identity, channel);
  return { channel, identity, viewer: identity.posterOf(channel) };
}

/**
 * Stores the draft that `parse` returns, and counts its outcome.
 * @throws ChatError if either fails
 */
export async function storeChange<D extends Draft>(
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
