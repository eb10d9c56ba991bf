import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import type { Client, PublishPacket } from 'aedes';
import { tokenOf } from './client-checks.ts';

const INBOX = /^chat\/inbox\//;

/** Whether a topic is one where devices speak. */
export function isInbox(topic: string): boolean {
  return INBOX.test(topic);
}

/**
 * Writes into what a client says in an inbox who it is, which delivery this is, and the token that it
 * connected with, in place of what it says of that itself. A guest's own token stays.
 */
export function signInboxMessage(client: Client, packet: PublishPacket): void {
  if (!isInbox(packet.topic)) return;
  const token = tokenOf(client);
  const signature = {
    ...(token !== undefined && { token }),
    client: client.id,
    delivery: randomUUID(),
  };
  packet.payload = Buffer.from(signed(Buffer.from(packet.payload), signature));
}

function signed(payload: Buffer, signature: object): string {
  if (!isUtf8(payload)) return JSON.stringify({ fault: 'invalid-encoding', ...signature });
  const said = parseObject(decodeUtf8(payload, 'The message'));
  return (
    (said && encode({ ...said, ...signature })) ??
    JSON.stringify({ fault: 'malformed-json', ...signature })
  );
}

/** JSON text; undefined for what is nested more deeply than can be written. */
function encode(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
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
