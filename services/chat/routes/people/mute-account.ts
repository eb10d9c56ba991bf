import { accountSubject } from '@parley/contract/accounts/subject.ts';
import {
  encodeMuteNotice,
  type MuteList,
  type MuteNotice,
  parseMute,
} from '@parley/contract/channels/mute.ts';
import { MUTES_TOPIC, type Side } from '@parley/contract/channels/topic.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { type Identity, requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { Request, RequestHandler, Response } from 'express';
import type { Renaming } from '../../access/renaming.ts';
import { actOf } from '../../accounts/act-of.ts';
import { NO_CHANNEL } from '../../log/refusal.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import { findAccount } from '../../store/people/find-account.ts';
import { MUTES_MAX } from '../../store/people/mutes.ts';
import { admitChanger, type ChangeParts } from '../change-parts.ts';

interface MuteParts extends ChangeParts {
  store: Pick<OpenedStore, 'accounts' | 'mutes'>;
  bus: Pick<Bus, 'publishOnce'>;
  renaming: Renaming;
}

type MuteRequest = Request<{ channel: string; name: string }>;

async function admitAdministrator(
  parts: ChangeParts,
  request: Request<{ channel: string }>,
  response: Response,
): Promise<{ channel: string; identity: Identity }> {
  const { channel, identity } = await admitChanger(parts, request, response);
  requireAdmin(identity, 'mute accounts');
  return { channel, identity };
}

/** Who is muted where, by an administrator. */
async function placeOf(parts: MuteParts, request: MuteRequest, response: Response) {
  const { channel, identity } = await admitAdministrator(parts, request, response);
  const { id, username } = await findAccount(parts.store.accounts, request.params.name);
  return { account: id, channel, subject: accountSubject(id), username, identity };
}

/** Announces a changed mute to the streams of its account; `until` null when it was ended. */
function announce(
  { bus }: Pick<MuteParts, 'bus'>,
  { account, channel, until }: Omit<MuteNotice, 'private'>,
  side: Side,
): void {
  const notice = { account, channel, until, ...(side === 'private' && { private: true as const }) };
  bus.publishOnce(MUTES_TOPIC, encodeMuteNotice(notice));
}

/**
 * `PUT /chat/:channel/muted/:name`: until a time the posts, edits, votes and signals of an account are
 * refused in a channel.
 */
export function muteAccount(parts: MuteParts): RequestHandler<{ channel: string; name: string }> {
  return async (request, response) => {
    const { identity, account, ...place } = await placeOf(parts, request, response);
    const now = parts.clock();
    const until = parseMute(parseJsonBody(await readBody(request), request.headers), now);
    const { channel, username: whom } = place;
    const time = new Date(until).toISOString();
    const act = actOf(identity, now, { act: 'mute', whom, channel, detail: `until ${time}` });
    const side = await parts.store.mutes.mute({ ...place, until }, now, act);
    if (side === 'renamed') throw new ChatError('not-found', NO_CHANNEL);
    if (!side) {
      throw new ChatError(
        'forbidden',
        `${MUTES_MAX} accounts are muted in this channel; close it, or end another mute first.`,
      );
    }
    announce(parts, { account, channel, until: time }, side);
    response.status(204).end();
  };
}

/** `DELETE /chat/:channel/muted/:name`: ends a mute. */
export function unmuteAccount(parts: MuteParts): RequestHandler<{ channel: string; name: string }> {
  return async (request, response) => {
    const { identity, account, username: whom, ...place } = await placeOf(parts, request, response);
    const { channel } = place;
    const act = actOf(identity, parts.clock(), { act: 'unmute', whom, channel });
    const side = await parts.store.mutes.unmute(place, act);
    if (side) announce(parts, { account, channel, until: null }, side);
    else await parts.renaming.refuse(channel, identity);
    response.status(204).end();
  };
}

/** `GET /chat/:channel/muted`: the accounts that are muted in a channel, for those who may mute. */
export function listMuted(parts: MuteParts): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const { channel, identity } = await admitAdministrator(parts, request, response);
    const mutes = await parts.store.mutes.list(channel, parts.clock());
    if (mutes.length === 0) await parts.renaming.refuse(channel, identity);
    const list: MuteList = {
      muted: mutes.map(({ username, until }) => ({
        username,
        until: new Date(until).toISOString(),
      })),
    };
    response.setHeader('Cache-Control', 'no-store').json(list);
  };
}
