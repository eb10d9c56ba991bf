import { timingSafeEqual } from 'node:crypto';
import type { Gate } from '@parley/kit/tokens/gate.ts';
import type { Client } from 'aedes';
import { Bearers } from './bearers.ts';
import {
  admitBearer,
  admitGuest,
  admitPart,
  isAnothers,
  strangerRefusal,
} from './client-checks.ts';
import { PART_USER } from './permissions.ts';

/** Whether a client gets in with the user and the password that it gives. */
export type Admit = (
  client: Client,
  user: string | undefined,
  password: Buffer | undefined,
) => Promise<boolean>;

interface AdmissionParts {
  partPassword: string;
  gate: Gate;
  /** Resolves when it is the turn of a client that is no part; with false where it is too far away. */
  turn: (client: Client) => Promise<boolean>;
}

/**
 * Parts get in by the parts' password, whoever has a token by giving it as the password, under any
 * user, and whoever names no user where guests may come. Without a parts' password all are parts.
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
    // Whoever names a user has to prove it; whoever names none is a guest.
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
