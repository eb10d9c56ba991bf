import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/contract/problem.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { sendJson } from '@parley/kit/http/send-json.ts';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import { clientKey } from '@parley/kit/limits/client-key.ts';
import { OpenCounts } from '@parley/kit/limits/open-counts.ts';
import { openFailureRate } from '@parley/kit/limits/rate.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { RequestHandler } from 'express';
import { type Delivery, readDelivery } from '../../in/delivery.ts';
import { isSecret } from '../../in/hook-secret.ts';
import type { Intake } from '../../in/intake.ts';
import type { HooksInMetrics, Outcome } from '../../in/metrics.ts';
import { type FoundSender, postsOf, senderOf } from '../../in/senders/senders.ts';
import type { HookIn, HooksInStore } from '../../store/in-store.ts';
import { isHookName } from '../parse-hook.ts';
import { storeAnswers } from '../store-answers.ts';

/** Most bytes of a delivery. */
const DELIVERY_MAX_BYTES = 1_048_576;
/** Most deliveries under way at once, of one hook and of all: each may hold its body. */
const OPEN_OF_HOOK_MAX = 32;
const OPEN_MAX = 64;
/** The key of all hooks together; no hook has this id. */
const ALL = ' ';
/** Requests of one address in a minute that name no hook, or a wrong secret. */
const WRONG_MAX = 100;

interface ReceiveParts {
  store: HooksInStore;
  intake: Intake;
  addressOf: AddressOf;
  metrics: HooksInMetrics;
  log: Log;
}

type Receive = RequestHandler<{ name: string; secret: string }>;

/**
 * `POST /hooks/in/:name/:secret`: posts what another program sends. The secret is checked before the
 * body is read. Slack's form is answered as Slack answers it, because some senders check that.
 */
export function receive(parts: ReceiveParts): Receive {
  const { intake, metrics, log } = parts;
  const enter = openEntrance(parts);
  return async (request, response) => {
    let sender: FoundSender | 'unknown' = 'unknown';
    let hook: HookIn | undefined;
    try {
      using entered = await enter(request, request.params);
      hook = entered.hook;
      const body = await readBody(request, { maxBytes: DELIVERY_MAX_BYTES });
      let delivery: Delivery | undefined = readDelivery(request.headers, body);
      sender = senderOf(delivery, hook);
      const posts = postsOf(delivery, sender, hook);
      // A delivery that waits for its turn keeps its messages only.
      delivery = undefined;
      const counts = await storeAnswers(intake.deliver(hook, request.headers, posts));
      for (const [outcome, count] of Object.entries(counts))
        metrics.messages.inc({ outcome }, count);
      metrics.deliveries.inc({ sender, outcome: 'accepted' });
      if (sender === 'slack') response.type('text/plain').send('ok');
      else sendJson(response, 200, counts);
    } catch (error) {
      const outcome = outcomeOf(error, hook);
      metrics.deliveries.inc({ sender, outcome });
      // A failure of our own is logged where it is answered.
      if (hook && outcome === 'refused') {
        const { code, message } = error as ChatError;
        const about = { hook: hook.name, sender, code, cause: message };
        log.warn(about, 'a delivery to a hook was refused');
      }
      throw forSender(error, sender);
    }
  };
}

type Entered = { hook: HookIn } & Disposable;

/** Opens the check of an address, which counts the deliveries under way, and each wrong address. */
function openEntrance({ store, addressOf }: Pick<ReceiveParts, 'store' | 'addressOf'>) {
  const ofHook = new OpenCounts(OPEN_OF_HOOK_MAX);
  const ofAll = new OpenCounts(OPEN_MAX);
  const wrong = openFailureRate(WRONG_MAX);

  /** @throws ChatError `not-found`, `too-many-requests` or `overloaded` */
  return async (
    request: IncomingMessage,
    { name, secret }: { name: string; secret: string },
  ): Promise<Entered> => {
    const from = clientKey(addressOf(request));
    const retryAfterSeconds = await wrong.wait(from);
    if (retryAfterSeconds !== undefined) throw tooMany(retryAfterSeconds);
    const hook = isHookName(name) ? await storeAnswers(store.findIn(name)) : undefined;
    if (!isSecret(secret, hook?.secretHash) || !hook) {
      await wrong.count(from);
      // The same answer for a wrong name and a wrong secret.
      throw new ChatError('not-found', 'There is no such hook; check its name and its secret.');
    }
    if (ofHook.isFull(hook.id) || ofAll.isFull(ALL)) {
      throw new ChatError('overloaded', 'Too many deliveries at once; send this one again.');
    }
    const leaves = [ofHook.enter(hook.id), ofAll.enter(ALL)];
    return { hook, [Symbol.dispose]: () => leaves.forEach((leave) => void leave()) };
  };
}

/**
 * Alertmanager, which is also in Grafana, soon repeats only what failed with a status of 5xx: it waits
 * for the next flush of the group after a 429.
 */
function forSender(error: unknown, sender: FoundSender | 'unknown'): unknown {
  const isLimit = error instanceof ChatError && error.code === 'too-many-requests';
  if (!isLimit || (sender !== 'alertmanager' && sender !== 'grafana')) return error;
  const { message, retryAfterSeconds = 1 } = error;
  return new ChatError('overloaded', message, { retryAfterSeconds });
}

function tooMany(retryAfterSeconds: number): ChatError {
  const message = `Too many requests with a wrong name or secret; wait ${retryAfterSeconds} s.`;
  return new ChatError('too-many-requests', message, { retryAfterSeconds });
}

function outcomeOf(error: unknown, hook: HookIn | undefined): Outcome {
  const { code, status } = error instanceof ChatError ? error : new ChatError('internal-error', '');
  if (code === 'too-many-requests' || code === 'overloaded') return 'limited';
  if (status >= 500) return 'failed';
  return hook ? 'refused' : 'unknown';
}
