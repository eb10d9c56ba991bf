import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { encodeWithData, parseKeepingData } from '@parley/contract/json-text.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import { stampOf } from '@parley/kit/limits/sender-stamp.ts';
import type { Client, PublishPacket } from 'aedes';

const INBOX = /^chat\/inbox\//;

/** True for the topics to which devices publish their messages. */
export function isInbox(topic: string): boolean {
  return INBOX.test(topic);
}

/** Signs a message that a client publishes to an inbox. */
export type SignInboxMessage = (client: Client, packet: PublishPacket) => void;

interface SigningParts {
  partPassword: string;
  /** Empty for Parley's own services. */
  addressOf: (client: Client) => string;
  /** The token that a client connected with, if it gave one. */
  tokenOf: (client: Client) => string | undefined;
}

/**
 * Writes into an inbox message: the client's id and address, a delivery id, and the token that the
 * client connected with. These fields replace the client's own; a guest's own token stays.
 */
export function openSigning({ partPassword, addressOf, tokenOf }: SigningParts): SignInboxMessage {
  return (client, packet) => {
    const sender = { delivery: randomUUID(), address: addressOf(client) };
    const token = tokenOf(client);
    const ofToken = token === undefined ? {} : { token };
    const stamp = stampOf(partPassword, sender);
    sign(packet, { ...ofToken, client: client.id, ...sender, stamp });
  };
}

function sign(packet: PublishPacket, signature: object): void {
  packet.payload = Buffer.from(signed(Buffer.from(packet.payload), signature));
}

function signed(payload: Buffer, signature: object): string {
  if (!isUtf8(payload)) return JSON.stringify({ fault: 'invalid-encoding', ...signature });
  const draft = parseObject(decodeUtf8(payload, 'The message'));
  return (
    (draft && encode({ ...draft, ...signature })) ??
    JSON.stringify({ fault: 'malformed-json', ...signature })
  );
}

/** JSON text; undefined for a value that is nested too deeply to write. */
function encode(value: object): string | undefined {
  try {
    return encodeWithData(value);
  } catch {
    return undefined;
  }
}

/**
 * The fields of a JSON object, without `fault`, which only the broker sets; undefined for other
 * JSON.
 */
function parseObject(text: string): object | undefined {
  try {
    const value = parseKeepingData(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const { fault: _, ...fields } = value as Record<string, unknown>;
    return fields;
  } catch {
    return undefined;
  }
}
