import { setTimeout as delay } from 'node:timers/promises';
import { ChatError, type ProblemCode, parseProblem } from '@parley/contract/problem.ts';
import type { ChatClient } from '@parley/kit/chat-client.ts';
import type { PrivateRights } from '../rights.ts';
import type { RequireEntry } from './require-entry.ts';

const ANSWER_LIMIT_MS = 5_000;
/** The pauses before each try. GitHub waits 10 s for an answer and does not try again by itself. */
const PAUSES_MS = [0, 200, 800];
/** How often a request follows a channel to its new name. */
const RENAMES_MAX = 3;
/** Refusals of the service's own token: the sender can do nothing about them. */
const OF_TOKEN: ProblemCode[] = ['unauthenticated', 'invalid-token', 'forbidden'];

/** A message to post under an idempotency key. */
export interface Message {
  channel: string;
  username: string;
  text: string;
  key: string;
  /** The private channels that the hook may enter. */
  rights: PrivateRights;
}

/** A message that is edited. */
export interface Edited {
  channel: string;
  seq: number;
  text: string;
  rights: PrivateRights;
}

/** Posts and edits in chat, with the token of this service. */
export class Poster {
  readonly #chat: Pick<ChatClient, 'post' | 'edit'>;
  readonly #token: () => string | undefined;
  readonly #requireEntry: RequireEntry;

  constructor(
    chat: Pick<ChatClient, 'post' | 'edit'>,
    token: () => string | undefined,
    requireEntry: RequireEntry,
  ) {
    this.#requireEntry = requireEntry;
    this.#chat = chat;
    this.#token = token;
  }

  /**
   * Posts a message. A message with a known key is not posted again, and the first one is the answer.
   * @throws ChatError of chat, `not-found` where the hook may not enter a private channel, or
   * `store-unavailable` when chat does not answer
   */
  async post({
    channel,
    username,
    text,
    key,
    rights,
  }: Message): Promise<{ seq: number; isNew: boolean }> {
    const { response, document } = await this.#ask({ channel, rights }, (to, signal) =>
      this.#chat.post(to, { username, message: text }, { token: this.#token(), key, signal }),
    );
    if (!response.ok) throw refusal(parseProblem(document), response);
    return { seq: (document as { seq: number }).seq, isNew: response.status === 201 };
  }

  /**
   * Gives a message another text. Resolves with false when the message is gone, or belongs to
   * another author.
   * @throws ChatError of chat, or `store-unavailable` when chat does not answer
   */
  async edit({ channel, rights, seq, text }: Edited): Promise<boolean> {
    const { response, document } = await this.#ask({ channel, rights }, (to, signal) =>
      this.#chat.edit(to, seq, text, { token: this.#token(), signal }),
    );
    if (response.ok) return true;
    const problem = parseProblem(document);
    if (problem.code === 'not-found' || OF_TOKEN.includes(problem.code)) return false;
    throw withWait(problem, response);
  }

  /** Sends a request to a channel, or to the channel of its new name. */
  async #ask(
    { channel, rights }: Pick<Message, 'channel' | 'rights'>,
    request: (to: string, signal: AbortSignal) => Promise<Response>,
  ) {
    let to = channel;
    for (let renames = 0; ; renames++) {
      const name = to;
      const answer = await this.#send(async (signal) => {
        await this.#requireEntry(name, rights);
        return request(name, signal);
      });
      const next = answer.response.ok ? undefined : parseProblem(answer.document).channel;
      if (next === undefined || renames === RENAMES_MAX) return answer;
      to = next;
    }
  }

  /** Sends a request, again while chat fails, and reads the answer. */
  async #send(
    request: (signal: AbortSignal) => Promise<Response>,
  ): Promise<{ response: Response; document: unknown }> {
    let cause: unknown;
    for (const pauseMs of PAUSES_MS) {
      await delay(pauseMs);
      try {
        const response = await request(AbortSignal.timeout(ANSWER_LIMIT_MS));
        if (response.status < 500) return { response, document: await response.json() };
        await response.body?.cancel();
        cause = new Error(`chat answered ${response.status}`);
      } catch (error) {
        // The hook may not enter.
        if (error instanceof ChatError) throw error;
        cause = error;
      }
    }
    throw new ChatError('store-unavailable', 'Chat does not answer now; send this again.', {
      cause,
    });
  }
}

/** The answer to the sender when chat refuses a post. */
function refusal(problem: ChatError, response: Response): ChatError {
  if (problem.code === 'name-taken') {
    const detail = "The hook's name belongs to an account; give the hook another username.";
    return new ChatError('name-taken', detail);
  }
  if (!OF_TOKEN.includes(problem.code)) return withWait(problem, response);
  const cause = new Error(`chat refuses the token of the hooks: ${problem.message}`);
  return new ChatError('internal-error', 'Chat refuses the token of the hooks.', { cause });
}

/** The problem with the wait that chat names. */
function withWait(problem: ChatError, { headers }: Response): ChatError {
  const seconds = Number(headers.get('retry-after'));
  if (!(seconds > 0)) return problem;
  return new ChatError(problem.code, problem.message, { retryAfterSeconds: seconds });
}
