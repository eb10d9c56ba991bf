import { timingSafeEqual } from 'node:crypto';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import type { Client } from 'aedes';
import { PART_USER } from '../access/permissions.ts';
import type { Clients } from './clients.ts';
import { TokenEnds } from './token-ends.ts';

/**
 * How the client ids of Parley's services begin. Other clients may not use them, so that none can
 * take over a service's session.
 */
const PART_CLIENT_ID = /^parley-/;

/** Resolves with true when a client may connect with its user and password. */
export type Admit = (
  client: Client,
  user: string | undefined,
  password: Buffer | undefined,
) => Promise<boolean>;

interface AdmissionParts {
  clients: Clients;
  partPassword: string;
  authenticator: Authenticator;
}

/**
 * Opens the check of new clients. Parley's services connect with their password, other clients with
 * a token as the password, under any user. A client without a user is a guest, where guests are
 * allowed. Without a password of the services every client counts as one of them.
 */
export function openAdmission({ clients, partPassword, authenticator }: AdmissionParts): Admit {
  const isPart = (user: string | undefined, given: Buffer | undefined) =>
    partPassword === '' ||
    (user === PART_USER && given !== undefined && sameBytes(given, Buffer.from(partPassword)));
  const ends = new TokenEnds(clients, authenticator.ended);

  const admitToken = async (client: Client, token: Buffer) => {
    try {
      const identity = await authenticator.identifyBearer(String(token));
      if (client.closed || clients.isIdTaken(client, identity.subject)) return false;
      clients.admit(client, 'guest', identity);
      ends.watch(client, identity);
      return true;
    } catch {
      return false;
    }
  };
  return async (client, user, given) => {
    if (isPart(user, given)) {
      clients.admit(client, 'part');
      return true;
    }
    if (isForParts(client) || !(await clients.waitForTurn(client)) || client.closed) return false;
    if (given !== undefined) return admitToken(client, given);
    // A client that names a user has to prove it; a client without one is a guest.
    if (user !== undefined || !authenticator.open || clients.isIdTaken(client, undefined))
      return false;
    clients.admit(client, 'guest');
    return true;
  };
}

/**
 * True for a client id or a session that only Parley's services may have. The log keeps the events;
 * lasting sessions in memory for any client would grow without bound.
 */
function isForParts({ id, clean }: Client): boolean {
  return PART_CLIENT_ID.test(id) || !clean;
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
