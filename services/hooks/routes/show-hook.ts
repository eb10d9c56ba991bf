import { encodePosition } from '@parley/contract/events/position.ts';
import type { Failure, Hook, HookPosition } from '../store/store.ts';

const timeOf = (ms: number) => new Date(ms).toISOString();

/** A hook as it is shown: without its secret. */
export function showHook(hook: Hook) {
  const { name, url, channels, kinds, by, byName, at, state, why, setAside } = hook;
  return {
    name,
    url,
    channels,
    kinds,
    state,
    ...(why !== '' && { why }),
    by,
    ...(byName !== '' && { byName }),
    at: timeOf(at),
    setAside,
  };
}

/** A channel whose next event the receiver does not accept. */
export function showFailing({ channel, seq, since, tries, retryAt, reason }: HookPosition) {
  return {
    channel,
    after: seq,
    since: timeOf(since),
    tries,
    ...(retryAt > 0 && { retryAt: timeOf(retryAt) }),
    reason,
  };
}

/** An event that was set aside. */
export function showFailure({ id, channel, epoch, seq, kind, at, tries, reason }: Failure) {
  return {
    id,
    event: encodePosition({ epoch, seq }),
    channel,
    seq,
    kind,
    at: timeOf(at),
    tries,
    reason,
  };
}
