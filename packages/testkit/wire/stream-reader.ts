import { EVENT_KINDS } from '@parley/contract/events/event.ts';
import type { EventsContract } from './events-contract.ts';

const BLOCK_END = '\n\n';
const LOGGED: ReadonlySet<string> = new Set(EVENT_KINDS);

/**
 * Reads one stream of Server-Sent Events on the wire, and reports its differences from
 * asyncapi.yaml.
 */
export class StreamReader {
  readonly #contract: EventsContract;
  readonly #untyped: boolean;
  readonly #decoder = new TextDecoder();
  #unread = '';
  #greeted = false;
  #lastSeq = 0;

  /** `untyped`: the log's events have no names, and their kind is in their data. */
  constructor(contract: EventsContract, { untyped = false } = {}) {
    this.#contract = contract;
    this.#untyped = untyped;
  }

  /** Reads the next bytes; returns the faults of the events that they complete. */
  push(bytes: Buffer): string[] {
    this.#unread += this.#decoder.decode(bytes, { stream: true });
    const blocks = this.#unread.split(BLOCK_END);
    this.#unread = blocks.pop() ?? '';
    return blocks.map((block) => this.#fault(block)).filter((fault) => fault !== undefined);
  }

  #fault(block: string): string | undefined {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (!['', 'id', 'event', 'data', 'retry'].includes(name)) return `field "${name}"`;
      fields.set(name, value);
    }
    const data = fields.get('data');
    // Clients that read block by block would read a block without data as an empty event.
    if (data === undefined) return `a block without data: ${JSON.stringify(block)}`;
    const type = this.#kindOf(fields.get('event') ?? 'message', data);
    return this.#contract.streamFault(type, data) ?? this.#orderFault(type, data, fields.get('id'));
  }

  /** hello comes first. Events ascend, from any seq after a reset, each with its own id. */
  #orderFault(type: string, data: string, id: string | undefined): string | undefined {
    if (type === 'heartbeat') return id === undefined ? undefined : 'a heartbeat has an id';
    if (type === 'hello' && !this.#greeted) {
      this.#greeted = true;
      return undefined;
    }
    if (type === 'heartbeat') return id === undefined ? undefined : 'a heartbeat has an id';
    if (type === 'hello' || !this.#greeted) return `event "${type}" where hello comes first, once`;
    if (type === 'reset') this.#lastSeq = 0;
    if (!LOGGED.has(type)) return id === undefined ? undefined : `event "${type}" has an id`;
    const event = JSON.parse(data) as { id: string; seq: number };
    const last = this.#lastSeq;
    this.#lastSeq = event.seq;
    if (event.id !== id) return `event ${event.id} has the id ${id}`;
    return event.seq > last ? undefined : `event ${event.seq} comes after ${last}`;
  }

  /** The name of the described event: a typed event is named by its type. */
  #kindOf(name: string, data: string): string {
    const { kind, type } = JSON.parse(data) as { kind?: string; type?: string };
    if (kind === undefined) return name;
    if (this.#untyped) return name === 'message' ? kind : `named ${name}`;
    return kind === 'event' && type === name ? kind : name;
  }
}
