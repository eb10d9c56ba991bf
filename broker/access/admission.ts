import { timingSafeEqual } from 'node:crypto';
import type { Gate } from '@parley/kit/tokens/gate.ts';
import type { Client } from 'aedes';
import {
  admitBearer,
  admitGuest,
  admitPart,
  isAnothers,
  strangerRefusal,
} from '../clients/client-checks.ts';
import { Bearers } from './bearers.ts';
import { PART_USER } from './permissions.ts';

/** Resolves with true when a client may connect with its user and password. */
export type Admit = (
  client: Client,
  user: string | undefined,
  password: Buffer | undefined,
) => Promise<boolean>;

interface AdmissionParts {
  partPassword: string;
  gate: Gate;
  /**
   * Resolves with true when a client other than Parley's services may come in; with false when that
   * takes too long.
   */
  turn: (client: Client) => Promise<boolean>;
}

/**
 * Opens the check of new clients. Parley's services connect with their password, other clients with
 * a token as the password, under any user. A client without a user is a guest, where guests are
 * allowed. Without a password of the services every client counts as one of them.
 */
export function openAdmission({ partPassword, gate, turn }: AdmissionParts): Admit {
  const isPart = (user: string | undefined, given: Buffer | undefined) =>
    partPassword === '' ||
    (user === PART_USER && given !== undefined && sameBytes(given, Buffer.from(partPassword)));

  const bearers = new Bearers(gate.ended);
  return async (client, user, given) => {
    if (isPart(user, given)) {
      admitPart(client);
      return true;
    }
    if (strangerRefusal(client) !== undefined || !(await turn(client)) || client.closed)
      return false;
    // A client that names a user has to prove it; a client without one is a guest.
    if (given === undefined) {
      if (user !== undefined || !gate.open || isAnothers(client, undefined)) return false;
      admitGuest(client);
      return true;
    }
    return admitToken(client, given, { gate, bearers });
  };
}

async function admitToken(
  client: Client,
  token: Buffer,
  { gate, bearers }: { gate: Gate; bearers: Bearers },
): Promise<boolean> {
  try {
    const identity = await gate.identifyBearer(String(token));
    if (client.closed || isAnothers(client, identity.subject)) return false;
    admitBearer(client, identity);
    bearers.add(client, identity);
    return true;
  } catch {
    return false;
  }
}

function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
