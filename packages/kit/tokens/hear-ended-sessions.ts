import { parseEndedSession } from '@parley/contract/ended-session.ts';
import { ENDED_SESSIONS_TOPIC } from '@parley/contract/topic.ts';
import type { Bus } from '../bus.ts';
import type { Log } from '../log.ts';
import type { EndedSessions } from './ended-sessions.ts';

/**
 * Takes in from the bus which sessions have ended. The bus may lose such a message: then the tokens of
 * that session hold until they expire.
 */
export function hearEndedSessions(bus: Bus, ended: EndedSessions, log: Log): void {
  const heard = (payload: Buffer) => takeInEndedSession(payload, ended, log);
  bus.subscribe(ENDED_SESSIONS_TOPIC, heard).catch(() => {
    // While the link is down it is asked for again when the link returns; a refusal the bus logs.
  });
}

/** Takes in one message of that topic; what is none is logged and passed over. */
export function takeInEndedSession(payload: Buffer, ended: EndedSessions, log: Log): void {
  try {
    const { sid, until } = parseEndedSession(payload.toString());
    ended.end(sid, until);
  } catch {
    log.warn('a message on the topic of ended sessions names none');
  }
}
