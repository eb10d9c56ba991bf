import type { Writable } from 'node:stream';
import { PROBLEM_STATUS, type ProblemCode } from '@parley/contract/problem.ts';
import * as ws from 'ws';
import { judge } from './admission-faults.ts';
import { EventOrder } from './event-order.ts';
import type { EventsContract } from './events-contract.ts';
import { parseBody, type SentRequest } from './request-fault.ts';

/** @types/ws does not have it. */
const { Receiver } = ws as unknown as {
  Receiver: new (options: { isServer: boolean }) => Writable;
};

/** The answer that each kind of text gets; `error` can take the place of each. */
const ANSWERS: Record<string, string> = { subscribe: 'subscribed', unsubscribe: 'unsubscribed' };

/** A text of Parley. */
interface Notice {
  kind?: string;
  type: string;
  channel?: string;
  seq?: number;
  code?: ProblemCode;
  detail?: string;
  history?: string;
}

/** True for a request for the WebSocket of one channel or of several. */
export function isStreamSocket(target: string): boolean {
  return /^\/broadcast(?:\/[^/?]+)?\/ws(?:$|\?)/.test(target);
}

/**
 * Reads both directions of one WebSocket, and reports differences from asyncapi.yaml. Each text of a
 * client is compared when it is answered: a described one must be accepted, and any other refused.
 */
export class SocketTap {
  readonly #contract: EventsContract;
  readonly #opening: Omit<SentRequest, 'body'>;
  readonly #many: boolean;
  readonly #report: (fault: string) => void;
  readonly #order = new EventOrder();
  readonly #unanswered: Buffer[] = [];
  /** The channels to which the client has subscribed. */
  readonly #open = new Set<string>();
  readonly #requests: Writable;
  readonly #responses: Writable;

  constructor(
    contract: EventsContract,
    opening: Omit<SentRequest, 'body'>,
    report: (fault: string) => void,
  ) {
    this.#contract = contract;
    this.#opening = opening;
    this.#many = /^\/broadcast\/ws/.test(opening.target);
    this.#report = report;
    this.#requests = new Receiver({ isServer: true });
    this.#requests.on('message', (text: Buffer) => this.#unanswered.push(text));
    // Parley ends a connection whose client breaks the protocol.
    this.#requests.on('error', () => undefined);
    this.#responses = new Receiver({ isServer: false });
    this.#responses.on('message', (text: Buffer) => this.#receive(text));
    this.#responses.on('error', ({ message }) => report(message));
  }

  /** Reads bytes of the client. They are copied, because the receiver unmasks them in place. */
  request(bytes: Buffer): void {
    if (this.#requests.writable) this.#requests.write(Buffer.from(bytes));
  }

  /** Reads bytes of Parley. */
  response(bytes: Buffer): void {
    if (this.#responses.writable) this.#responses.write(bytes);
    else this.#report('bytes after the last frame');
  }

  #receive(text: Buffer): void {
    const notice = JSON.parse(text.toString()) as Notice;
    const { kind, type } = notice;
    const fault =
      this.#contract.socketFault('parley', notice, this.#many) ??
      this.#order.fault(kind ?? type, notice);
    if (fault !== undefined) this.#report(fault);
    const isAnswer = ['ack', 'error', 'subscribed', 'unsubscribed'].includes(type);
    if (kind === undefined && isAnswer) this.#answer(notice);
    else if (this.#many) this.#follow(notice);
  }

  /** A client with several channels gets only those to which it has subscribed. */
  #follow({ kind, type, channel, history }: Notice): void {
    if (channel === undefined) return;
    const isLeftOut = kind === undefined && type === 'reset' && history === undefined;
    const isOpen = isLeftOut ? this.#open.delete(channel) : this.#open.has(channel);
    if (isOpen) return;
    // A channel that is left out before its subscription is answered gets no other answer.
    if (isLeftOut) this.#unanswered.shift();
    else this.#report(`"${kind ?? type}" of a channel that is not subscribed`);
  }

  /** Texts are answered in their order. */
  #answer({ type, channel = '', code, detail = '' }: Notice): void {
    const text = this.#unanswered.shift();
    if (!text) {
      this.#report(`"${type}" answers nothing`);
      return;
    }
    const { fault, answer } = this.#read(text);
    if (code === undefined) {
      if (answer !== type) this.#report(`${text} is answered by "${type}"`);
      if (type === 'subscribed') this.#open.add(channel);
      if (type === 'unsubscribed') this.#open.delete(channel);
    } else if (answer === 'subscribed' && this.#isBeyondSchemas(code, channel)) {
      return;
    }
    const judged =
      code === undefined ? { status: 200 } : { status: PROBLEM_STATUS[code], code, detail };
    for (const each of judge(this.#opening, fault, judged)) this.#report(`${text}: ${each}`);
  }

  /** No schema can express to which channels the client has subscribed. */
  #isBeyondSchemas(code: string, channel: string): boolean {
    return code === 'too-many-channels' || (code === 'invalid-query' && this.#open.has(channel));
  }

  /** What is wrong with a text of the client, and the type of its answer. */
  #read(text: Buffer): { fault: string | undefined; answer: string } {
    const { headers, target } = this.#opening;
    const shown = ['authorization', 'cookie'].some((name) => headers.has(name));
    const sender = shown || /[?&]ticket=/.test(target) ? 'client' : 'guest';
    try {
      const value = parseBody('application/json', text) as { type?: string };
      const fault = this.#contract.socketFault(sender, value, this.#many);
      return { fault, answer: ANSWERS[value.type ?? ''] ?? 'ack' };
    } catch (error) {
      return { fault: (error as Error).message, answer: 'ack' };
    }
  }
}
