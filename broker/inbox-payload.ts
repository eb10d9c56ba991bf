import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import { stampOf } from '@parley/kit/limits/sender-stamp.ts';
import type { Client, PublishPacket } from 'aedes';
import { tokenOf } from './client-checks.ts';

const INBOX = /^chat\/inbox\//;

/** Whether a topic is one where devices speak. */
export function isInbox(topic: string): boolean {
  return INBOX.test(topic);
}

/** Signs what a client publishes in an inbox. */
export type SignInboxMessage = (client: Client, packet: PublishPacket) => void;

/**
 * Writes into what a client says in an inbox who it is, which delivery this is, where it came from, and
 * the token that it connected with, in place of what it says of that itself. A guest's own token stays.
 */
export function openSigning({
  partPassword,
  addressOf,
}: {
  partPassword: string;
  /** Empty for Parley's own services. */
  addressOf: (client: Client) => string;
}): SignInboxMessage {
  return (client, packet) => {
    const sender = { delivery: randomUUID(), address: addressOf(client) };
    const token = tokenOf(client);
    sign(packet, {
      ...(token !== undefined && { token }),
      ...{ client: client.id, ...sender, stamp: stampOf(partPassword, sender) },
    });
  };
}

function sign(packet: PublishPacket, signature: object): void {
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
