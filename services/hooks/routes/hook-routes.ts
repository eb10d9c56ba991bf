import { ChatError } from '@parley/contract/problem.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import { parseCount, parseLimit } from '@parley/kit/http/query.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import { identify, identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import { type RequestHandler, Router } from 'express';
import { parseHookName } from './parse-hook.ts';
import { putHook, type RouteParts } from './put-hook.ts';
import { showFailing, showFailure, showHook } from './show-hook.ts';
import { storeAnswers } from './store-answers.ts';

/** Failing channels in an answer. */
const FAILING_MAX = 10;

/** `/hooks`: the routes by which administrators make, change, list and delete hooks. */
export function hookRoutes(
  parts: RouteParts,
  { authenticator, origins }: { authenticator: Authenticator; origins: string[] },
): Router {
  const router = Router({ caseSensitive: true });
  router.use('/hooks', identify(authenticator, origins));
  router.route('/hooks').get(listHooks(parts)).all(methodsAllowed('GET', 'HEAD'));
  router
    .route('/hooks/:name')
    .get(getHook(parts))
    .put(putHook(parts))
    .delete(deleteHook(parts))
    .all(methodsAllowed('GET', 'HEAD', 'PUT', 'DELETE'));
  router.route('/hooks/:name/failures').get(listFailures(parts)).all(methodsAllowed('GET', 'HEAD'));
  return router;
}

/** `GET /hooks`: all hooks in the order of their names. */
function listHooks({ store }: RouteParts): RequestHandler {
  return async (_request, response) => {
    requireAdmin(identityOf(response), 'list hooks');
    const hooks = await storeAnswers(store.list());
    response.setHeader('Cache-Control', 'no-store').json({ hooks: hooks.map(showHook) });
  };
}

/** `GET /hooks/:name`: a hook, and the channels whose next event its receiver does not accept. */
function getHook({ store }: RouteParts): RequestHandler<{ name: string }> {
  return async ({ params }, response) => {
    requireAdmin(identityOf(response), 'see hooks');
    const hook = await find(store, params.name);
    const failing = await storeAnswers(store.failing(hook.id, FAILING_MAX));
    response
      .setHeader('Cache-Control', 'no-store')
      .json({ ...showHook(hook), failing: failing.map(showFailing) });
  };
}

/** `DELETE /hooks/:name`: deletes a hook with its positions and its list of failures. */
function deleteHook({ store, chat, onChange }: RouteParts): RequestHandler<{ name: string }> {
  return async ({ params }, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'delete hooks');
    const { name } = await find(store, params.name);
    await storeAnswers(chat.keepAct(identity.token ?? '', { act: 'delete-hook', detail: name }));
    await storeAnswers(store.remove(name));
    onChange();
    response.status(204).setHeader('Cache-Control', 'no-store').end();
  };
}

/** `GET /hooks/:name/failures?after=&limit=`: the events that were set aside, the oldest first. */
function listFailures({ store }: RouteParts): RequestHandler<{ name: string }> {
  return async ({ params, query }, response) => {
    requireAdmin(identityOf(response), 'see hooks');
    const after = parseCount('after', query.after, { fallback: 0 });
    const limit = parseLimit(query.limit);
    const { id } = await find(store, params.name);
    // One more than asked for shows that there is another page.
    const found = await storeAnswers(store.failures(id, after, limit + 1));
    const failures = found.slice(0, limit);
    const next = found.length > limit ? (failures.at(-1)?.id ?? null) : null;
    response
      .setHeader('Cache-Control', 'no-store')
      .json({ failures: failures.map(showFailure), next });
  };
}

/** @throws ChatError `not-found` */
async function find(store: RouteParts['store'], given: string) {
  const name = parseHookName(given);
  const hook = await storeAnswers(store.find(name));
  if (hook) return hook;
  throw new ChatError('not-found', `There is no hook "${name}".`);
}
