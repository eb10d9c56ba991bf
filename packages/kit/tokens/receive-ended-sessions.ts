import { parseEndedSession } from '@parley/contract/accounts/ended-session.ts';
import { ENDED_SESSIONS_TOPIC } from '@parley/contract/channels/topic.ts';
import type { Bus } from '../bus/bus.ts';
import type { Log } from '../log/log.ts';
import type { EndedSessions } from './ended-sessions.ts';

/**
 * Receives the ended sessions from the bus. The bus may lose such a message: then the tokens of
 * that session stay valid until they expire.
 */
export function receiveEndedSessions(bus: Bus, ended: EndedSessions, log: Log): void {
  const receive = (payload: Buffer) => applyEndedSession(payload, ended, log);
  bus.subscribe(ENDED_SESSIONS_TOPIC, receive).catch(() => {
    // When the link is down, the bus subscribes again when it is up. The bus logs a refusal.
  });
}

/** Ends the session that a message of that topic names. A message that names no session is logged and ignored. */
export function applyEndedSession(payload: Buffer, ended: EndedSessions, log: Log): void {
  try {
    const { sid, until } = parseEndedSession(payload.toString());
    ended.end(sid, until);
  } catch {
    log.warn('a message on the topic of ended sessions names no session');
  }
}
