import { ChatError } from '@parley/contract/problem.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import { parseHookIn, showHookIn } from '../../in/hook-in.ts';
import { hashSecret, newSecret } from '../../in/hook-secret.ts';
import type { RequireEntry } from '../../in/require-entry.ts';
import { privateRightsOf } from '../../rights.ts';
import { HOOKS_IN_MAX, type HookIn, type HooksInStore } from '../../store/in-store.ts';
import { newHookId } from '../../store/new-hook-id.ts';
import { parseHookName } from '../parse-hook.ts';
import { storeAnswers } from '../store-answers.ts';

type OfHook = RequestHandler<{ name: string }>;

interface ManageParts {
  store: HooksInStore;
  chat: Pick<ChatClient, 'keepAct'>;
  requireEntry: RequireEntry;
  clock: () => number;
}

/**
 * `PUT /hooks/in/:name`: makes a hook, or changes one, which keeps its address. The secret of a new
 * hook is in this answer only. The act is kept before it is done, so that none is missing.
 */
export function putHookIn({ store, chat, requireEntry, clock }: ManageParts): OfHook {
  return async (request, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'make or change hooks');
    const name = parseHookName(request.params.name);
    const body = parseJsonBody(await readBody(request), request.headers);
    const draft = parseHookIn(name, body, await storeAnswers(store.findIn(name)));
    requirePublish(identity, draft.channel);
    const rights = privateRightsOf(identity, identity.claims?.publish ?? []);
    await storeAnswers(requireEntry(draft.channel, rights));
    const secret = newSecret();
    const by = identity.name ?? identity.subject ?? '';
    const kept = { id: newHookId(), secretHash: hashSecret(secret), at: clock(), by, rights };
    const made = { ...draft, ...kept };
    const act = { act: 'put-hook', detail: `${inAudit(name)} to ${draft.channel}` } as const;
    await storeAnswers(chat.keepAct(identity.token ?? '', act));
    const put = await storeAnswers(store.putIn(made));
    if (put === 'full') {
      const detail = `There are ${HOOKS_IN_MAX} hooks already; delete one first.`;
      throw new ChatError('too-many-hooks', detail);
    }
    const shown = showHookIn(put.hook);
    response.status(put.isNew ? 201 : 200).setHeader('Cache-Control', 'no-store');
    response.json(put.isNew ? { ...shown, secret, path: `/hooks/in/${name}/${secret}` } : shown);
  };
}

/** `GET /hooks/in`: the hooks by which other programs post. */
export function listHooksIn({ store }: ManageParts): RequestHandler {
  return async (_request, response) => {
    requireAdmin(identityOf(response), 'list hooks');
    const hooks = await storeAnswers(store.listIn());
    response.setHeader('Cache-Control', 'no-store').json({ hooks: hooks.map(showHookIn) });
  };
}

/** `GET /hooks/in/:name`. */
export function getHookIn({ store }: ManageParts): OfHook {
  return async ({ params }, response) => {
    requireAdmin(identityOf(response), 'see hooks');
    const hook = await find(store, params.name);
    response.setHeader('Cache-Control', 'no-store').json(showHookIn(hook));
  };
}

/** `DELETE /hooks/in/:name`: its address works no more. */
export function deleteHookIn({ store, chat }: ManageParts): OfHook {
  return async ({ params }, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'delete hooks');
    const { name } = await find(store, params.name);
    const act = { act: 'delete-hook', detail: inAudit(name) } as const;
    await storeAnswers(chat.keepAct(identity.token ?? '', act));
    await storeAnswers(store.removeIn(name));
    response.status(204).setHeader('Cache-Control', 'no-store').end();
  };
}

/** The name in the list of acts, where webhooks out have their names. */
const inAudit = (name: string) => `in/${name}`;

/** @throws ChatError `not-found` */
async function find(store: HooksInStore, given: string): Promise<HookIn> {
  const name = parseHookName(given);
  const hook = await storeAnswers(store.findIn(name));
  if (hook) return hook;
  throw new ChatError('not-found', `There is no hook "${name}".`);
}
