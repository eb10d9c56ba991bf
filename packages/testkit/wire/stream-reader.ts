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
  readonly #many: boolean;
  readonly #decoder = new TextDecoder();
  #unread = '';
  #greeted = false;
  /** By channel. */
  readonly #lastSeqs = new Map<string, number>();

  /**
   * `untyped`: the log's events have no names, and their kind is in their data. `many`: the stream has
   * several channels.
   */
  constructor(contract: EventsContract, { untyped = false, many = false } = {}) {
    this.#contract = contract;
    this.#untyped = untyped;
    this.#many = many;
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
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (!['', 'id', 'event', 'data', 'retry'].includes(name)) return `field "${name}"`;
      fields.set(name, value);
    }
    const data = fields.get('data');
    // Clients that read block by block would read a block without data as an empty event.
    if (data === undefined) return `a block without data: ${JSON.stringify(block)}`;
    const type = this.#kindOf(fields.get('event') ?? 'message', data);
    const fault = this.#contract.streamFault(type, data, this.#many);
    return fault ?? this.#orderFault(type, data, fields.get('id'));
  }

  /** The channel of a reset begins anywhere; a stream of one channel does not name it. */
  #forgetOrder(reset: string): void {
    if (this.#many) this.#lastSeqs.delete(channelOf(reset));
    else this.#lastSeqs.clear();
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
    if (type === 'reset') this.#forgetOrder(data);
    if (!LOGGED.has(type)) return id === undefined ? undefined : `event "${type}" has an id`;
    const event = JSON.parse(data) as { channel: string; id: string; seq: number };
    const last = this.#lastSeqs.get(channelOf(data)) ?? 0;
    this.#lastSeqs.set(channelOf(data), event.seq);
    const isOwn = this.#many ? (id?.startsWith('~') ?? false) : id === event.id;
    if (!isOwn) return `event ${event.id} has the id ${id}`;
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

/** The channel that an event names. */
function channelOf(data: string): string {
  return (JSON.parse(data) as { channel: string }).channel;
}
