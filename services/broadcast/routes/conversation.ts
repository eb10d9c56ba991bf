import { ChatError } from '@parley/contract/problem.ts';
import {
  type Ack,
  encodeAckText,
  encodeRefusalText,
  parseSocketDraft,
  type SocketDraft,
} from '@parley/contract/streams/websocket.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { WebSocket } from 'ws';

/** Unanswered messages of one client at which reading from it pauses. */
const WAITING_MAX = 32;
/**
 * Unanswered messages of one client above which it is disconnected: bytes that were read before the
 * pause still bring messages.
 */
const READ_MAX = 1_000;
/** Bytes of unanswered messages, over all clients. */
const WAITING_BYTES_MAX = 16_000_000;
/** Close code 1008, "policy violation" (RFC 6455 section 7.4.1). */
const POLICY_VIOLATION = 1008;
/** Close code 1013, "try again later" (IANA's registry of WebSocket close codes). */
const TRY_AGAIN_LATER = 1013;

/** Limits the bytes of unanswered messages over all clients. */
export interface WaitingBytes {
  /** False when there is no room. */
  take(frame: Uint8Array): boolean;
  release(frame: Uint8Array): void;
}

export function openWaitingBytes(metrics: Metrics, max = WAITING_BYTES_MAX): WaitingBytes {
  let bytes = 0;
  metrics.gauge({
    name: 'parley_websocket_waiting_bytes',
    help: 'Bytes of messages received by WebSocket and not answered yet.',
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
  post: (draft: SocketDraft) => Promise<Ack>;
  /** Resolves once hello is written; no message is posted before that. */
  greeted: Promise<void>;
  waitingBytes: WaitingBytes;
  log: Log;
}

/**
 * Posts a client's messages one at a time: an answer is sent before the next message is posted.
 * Messages that arrive before hello wait for it, so that a stream that begins at now has every
 * message that its client sent.
 */
export function converse(
  webSocket: WebSocket,
  { post, greeted, waitingBytes, log }: Conversation,
): void {
  const waiting: Uint8Array[] = [];
  let answering = false;

  async function answerAll(): Promise<void> {
    answering = true;
    await greeted;
    for (let frame = waiting.shift(); frame !== undefined; frame = waiting.shift()) {
      await sent(webSocket, await answer(frame, post, log));
      waitingBytes.release(frame);
      if (waiting.length < WAITING_MAX) webSocket.resume();
    }
    answering = false;
  }

  function end(code: number, reason: string): void {
    forget();
    webSocket.close(code, reason);
  }

  function forget(): void {
    for (const frame of waiting.splice(0)) waitingBytes.release(frame);
  }

  // When a client breaks the protocol, ws closes with the matching code (RFC 6455 section 7.4).
  webSocket.on('error', () => undefined);
  webSocket.on('message', (data) => {
    if (webSocket.readyState !== WebSocket.OPEN) return;
    const frame = data as Buffer;
    if (!waitingBytes.take(frame)) {
      end(TRY_AGAIN_LATER, 'too many messages wait here');
      return;
    }
    if (waiting.push(frame) >= WAITING_MAX) webSocket.pause();
    if (waiting.length > READ_MAX) end(POLICY_VIOLATION, 'too many messages at once');
    if (!answering) void answerAll();
  });
  webSocket.on('close', forget);
}

/** Resolves when a text is sent or can no longer be sent. */
function sent(webSocket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => webSocket.send(text, () => resolve()));
}

async function answer(
  frame: Uint8Array,
  post: (draft: SocketDraft) => Promise<Ack>,
  log: Log,
): Promise<string> {
  let key: string | undefined;
  try {
    const draft = parseSocketDraft(decodeUtf8(frame, 'The frame'));
    key = draft.key;
    return encodeAckText(await post(draft));
  } catch (error) {
    if (!(error instanceof ChatError))
      log.error({ err: error }, 'a message from a WebSocket could not be posted');
    const { code, message } = error instanceof ChatError ? error : INTERNAL;
    return encodeRefusalText({ key, code, detail: message });
  }
}

const INTERNAL = new ChatError(
  'internal-error',
  'Something went wrong here; send the message again.',
);
