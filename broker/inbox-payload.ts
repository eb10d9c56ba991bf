import { randomUUID } from 'node:crypto';
import type { Client, PublishPacket } from 'aedes';
import { tokenOf } from './client-checks.ts';

const INBOX = /^chat\/inbox\//;

/**
 * Writes into what a client says in an inbox who it is, which delivery this is, and the token that it
 * connected with, in place of what it says of that itself. A guest's own token stays.
 */
export function signInboxMessage(client: Client, packet: PublishPacket): void {
  if (!INBOX.test(packet.topic)) return;
  const token = tokenOf(client);
  const said = parseObject(String(packet.payload));
  const signed = {
    ...(said ?? { fault: 'malformed-json' }),
    ...(token !== undefined && { token }),
    client: client.id,
    delivery: randomUUID(),
  };
  packet.payload = Buffer.from(JSON.stringify(signed));
}

/** The fields of a JSON object, less what is the broker's alone to say; undefined where it is none. */
function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const { fault: _, ...fields } = value as Record<string, unknown>;
    return fields;
  } catch {
    return undefined;
  }
}
