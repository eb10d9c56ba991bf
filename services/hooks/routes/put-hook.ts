import { randomBytes } from 'node:crypto';
import { openChannelMatch } from '@parley/contract/channels/channel-pattern.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requireAdmin, requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import { privateRightsOf } from '../rights.ts';
import type { Hook, HookDraft, HookStore, PutOptions, Rights } from '../store/store.ts';
import { isName, parseHook, parseHookName } from './parse-hook.ts';
import { showHook } from './show-hook.ts';
import { storeAnswers } from './store-answers.ts';

const SECRET_BYTES = 32;
/** How often a hook is put again when another request has changed it meanwhile. */
const TRIES = 5;
const PAGE = 1_000;

export interface RouteParts {
  store: HookStore;
  /** Chat as a service sees it, with private channels. */
  chat: Pick<ChatClient, 'channels' | 'keepAct'>;
  /** In open mode every token may read every public channel. */
  open: boolean;
  /** Called after a hook has changed. */
  onChange: () => void;
  clock: () => number;
}

/**
 * `PUT /hooks/:name {url, channels, kinds, secret}`: makes a hook, or changes it. It delivers the
 * events that are stored from now on. A secret that is not given is made for a new hook and shown in
 * this answer only. The act is kept before it is done, so that none is missing.
 */
export function putHook(parts: RouteParts): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'make or change hooks');
    const name = parseHookName(request.params.name);
    const fields = parseHook(parseJsonBody(await readBody(request), request.headers));
    for (const channel of fields.channels.filter(isName)) requireSubscribe(identity, channel);
    const draft: HookDraft = {
      ...fields,
      name,
      rights: rightsOf(identity, parts.open),
      by: identity.subject ?? '',
      byName: identity.name ?? '',
      at: parts.clock(),
    };
    const newSecret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    await storeAnswers(parts.chat.keepAct(identity.token ?? '', { act: 'put-hook', detail: name }));
    const { hook, isNew } = await storeAnswers(put(parts, draft, newSecret));
    parts.onChange();
    const shown = isNew && fields.secret === undefined ? { secret: hook.secret } : {};
    response
      .status(isNew ? 201 : 200)
      .setHeader('Cache-Control', 'no-store')
      .json({ ...showHook(hook), ...shown });
  };
}

/** What the administrator may read now, which the hook may deliver later. */
function rightsOf(identity: Identity, open: boolean): Rights {
  const patterns = identity.claims?.subscribe ?? [];
  return { public: open ? null : patterns, private: privateRightsOf(identity, patterns) };
}

async function put({ store, chat }: RouteParts, draft: HookDraft, newSecret: string) {
  for (let tries = 0; tries < TRIES; tries++) {
    const expected = await store.find(draft.name);
    const moved = await movedPositions({ store, chat }, draft, expected);
    const outcome = await store.put(draft, { expected, newSecret, ...moved });
    if (outcome === 'full')
      throw new ChatError('too-many-hooks', 'There are 100 hooks already; delete one first.');
    if (outcome !== 'changed-meanwhile') return outcome;
  }
  throw new ChatError('store-unavailable', 'The hook was changed at the same moment; try again.');
}

/**
 * Where delivery begins in channels that the hook did not have before: at their heads. Channels that it
 * does not have get a position as well, because one of them may be renamed later to a name that it
 * has. A channel that is made later has no position, and is delivered from its first event. An ended
 * hook begins anew.
 */
async function movedPositions(
  { store, chat }: Pick<RouteParts, 'store' | 'chat'>,
  draft: HookDraft,
  before: Hook | undefined,
): Promise<Pick<PutOptions, 'start' | 'drop'>> {
  const matches = openChannelMatch(draft.channels);
  const continues = before?.state === 'active' ? openChannelMatch(before.channels) : () => false;
  const start: PutOptions['start'] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page = await chat.channels(after);
    for (const { channel, epoch, head, at } of page.channels) {
      if (matches(channel) && continues(channel)) continue;
      start.push({ channel, epoch, seq: head, at: Date.parse(at) });
    }
    after = page.next;
  }
  if (before?.state !== 'active') return { start, drop: 'all' };
  const drop: string[] = [];
  for (let after = ''; ; ) {
    const page = await store.positionsAfter(before.id, after, PAGE);
    drop.push(...page.map(({ channel }) => channel).filter((channel) => !matches(channel)));
    if (page.length < PAGE) return { start, drop };
    after = page.at(-1)?.channel ?? '';
  }
}
