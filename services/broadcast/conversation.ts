import { ChatError } from '@parley/contract/problem.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import {
  type Ack,
  encodeAckText,
  encodeRefusalText,
  parseSaid,
  type Said,
} from '@parley/contract/websocket.ts';
import type { Log } from '@parley/kit/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { WebSocket } from 'ws';

/** Messages of one client that wait for those before them; from then on no more are read from it. */
const WAITING_MAX = 32;
/** What may have been read by then: who sends so much at once is no conversation. */
const READ_MAX = 1_000;
/** Bytes of messages that wait, of all clients. */
const SAID_MAX = 16_000_000;
/** Close code 1008, "policy violation" (RFC 6455 section 7.4.1). */
const POLICY_VIOLATION = 1008;
/** Close code 1013, "try again later" (IANA's registry of WebSocket close codes). */
const TRY_AGAIN_LATER = 1013;

/** Room for what clients have said and what is not answered yet, over all of them. */
export interface SaidBytes {
  /** False when there is no room. */
  take(frame: Uint8Array): boolean;
  release(frame: Uint8Array): void;
}

export function openSaidBytes(metrics: Metrics, max = SAID_MAX): SaidBytes {
  let bytes = 0;
  metrics.gauge({
    name: 'parley_websocket_waiting_bytes',
    help: 'Bytes of messages that clients sent by WebSocket and that are not answered yet.',
    collect: () => bytes,
  });
  return {
    take({ length }) {
      if (bytes + length > max) return false;
      bytes += length;
      return true;
    },
    release({ length }) {
      bytes -= length;
    },
  };
}

interface Conversation {
  say: (said: Said) => Promise<Ack>;
  /** Resolves once hello is written: nothing that a client says has an effect before. */
  greeted: Promise<void>;
  saidBytes: SaidBytes;
  log: Log;
}

/**
 * Takes what a client says, one message after the other, and answers each once the last answer has
 * left. What is sent before hello waits for it, so that a stream that begins at now has every
 * message that its client sent.
 */
export function converse(
  webSocket: WebSocket,
  { say, greeted, saidBytes, log }: Conversation,
): void {
  const waiting: Uint8Array[] = [];
  let answering = false;

  async function answerAll(): Promise<void> {
    answering = true;
    await greeted;
    for (let frame = waiting.shift(); frame !== undefined; frame = waiting.shift()) {
      await sent(webSocket, await answer(frame, say, log));
      saidBytes.release(frame);
      if (waiting.length < WAITING_MAX) webSocket.resume();
    }
    answering = false;
  }

  function end(code: number, reason: string): void {
    forget();
    webSocket.close(code, reason);
  }

  function forget(): void {
    for (const frame of waiting.splice(0)) saidBytes.release(frame);
  }

  // Where a client breaks the protocol, ws closes with the code that says so (RFC 6455 section 7.4).
  webSocket.on('error', () => undefined);
  webSocket.on('message', (data) => {
    if (webSocket.readyState !== WebSocket.OPEN) return;
    const frame = data as Buffer;
    if (!saidBytes.take(frame)) {
      end(TRY_AGAIN_LATER, 'too many messages wait here');
      return;
    }
    if (waiting.push(frame) >= WAITING_MAX) webSocket.pause();
    if (waiting.length > READ_MAX) end(POLICY_VIOLATION, 'too many messages at once');
    if (!answering) void answerAll();
  });
  webSocket.on('close', forget);
}

/** Resolves when a text has left, or never will. */
function sent(webSocket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => webSocket.send(text, () => resolve()));
}

async function answer(
  frame: Uint8Array,
  say: (said: Said) => Promise<Ack>,
  log: Log,
): Promise<string> {
  let key: string | undefined;
  try {
    const said = parseSaid(decodeUtf8(frame, 'The frame'));
    key = said.key;
    return encodeAckText(await say(said));
  } catch (error) {
    if (!(error instanceof ChatError))
      log.error({ err: error }, 'a message could not be passed on');
    const { code, message } = error instanceof ChatError ? error : INTERNAL;
    return encodeRefusalText({ key, code, detail: message });
  }
}

const INTERNAL = new ChatError('internal-error', 'Something went wrong here; send it again.');
