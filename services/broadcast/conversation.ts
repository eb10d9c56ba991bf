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
import { WebSocket } from 'ws';

/** Messages of one client that wait for those before them; from then on no more are read from it. */
const WAITING_MAX = 32;
/** What may have been read by then: who sends so much at once is no conversation. */
const READ_MAX = 1_000;
/** Close code 1008, "policy violation" (RFC 6455 section 7.4.1). */
const POLICY_VIOLATION = 1008;

/** Takes what a client says, one message after the other, and answers each once the last answer has left. */
export function converse(
  webSocket: WebSocket,
  { say, log }: { say: (said: Said) => Promise<Ack>; log: Log },
): void {
  const waiting: Uint8Array[] = [];
  let answering = false;

  async function answerAll(): Promise<void> {
    answering = true;
    for (let frame = waiting.shift(); frame !== undefined; frame = waiting.shift()) {
      await sent(webSocket, await answer(frame, say, log));
      if (waiting.length < WAITING_MAX) webSocket.resume();
    }
    answering = false;
  }

  // Where a client breaks the protocol, ws closes with the code that says so (RFC 6455 section 7.4).
  webSocket.on('error', () => undefined);
  webSocket.on('message', (data) => {
    if (webSocket.readyState !== WebSocket.OPEN) return;
    if (waiting.push(data as Buffer) >= WAITING_MAX) webSocket.pause();
    if (waiting.length > READ_MAX) {
      waiting.length = 0;
      webSocket.close(POLICY_VIOLATION, 'too many messages at once');
    }
    if (!answering) void answerAll();
  });
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
