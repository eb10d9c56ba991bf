import { EventOrder, isLogged } from './event-order.ts';
import type { EventsContract } from './events-contract.ts';

const BLOCK_END = '\n\n';

interface Event {
  channel?: string;
  id?: string;
  seq?: number;
  epoch?: string | null;
  head?: number;
}

/**
 * Reads one stream of Server-Sent Events on the wire, and reports its differences from
 * asyncapi.yaml.
 */
export class StreamReader {
  readonly #contract: EventsContract;
  readonly #untyped: boolean;
  readonly #placed: boolean;
  readonly #many: boolean;
  readonly #decoder = new TextDecoder();
  #unread = '';
  readonly #order = new EventOrder();

  /**
   * `untyped`: the log's events have no names, and their kind is in their data. `placed`: hello may have
   * an id. `many`: the stream has several channels.
   */
  constructor(contract: EventsContract, { untyped = false, placed = false, many = false } = {}) {
    this.#contract = contract;
    this.#untyped = untyped;
    this.#placed = placed;
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

  /** Events have their order, and each event of the log has its own id. */
  #orderFault(type: string, data: string, id: string | undefined): string | undefined {
    if (type === 'heartbeat') return id === undefined ? undefined : 'a heartbeat has an id';
    const event: Event = JSON.parse(data);
    const fault = this.#order.fault(type, event);
    if (fault !== undefined) return fault;
    if (type === 'hello' && id !== undefined && this.#placed) return this.#helloFault(event, id);
    if (!isLogged(type)) return id === undefined ? undefined : `event "${type}" has an id`;
    const isOwn = this.#many ? (id?.startsWith('~') ?? false) : id === event.id;
    return isOwn ? undefined : `event ${event.id} has the id ${id}`;
  }

  #helloFault({ epoch, head }: Event, id: string): string | undefined {
    const position = epoch === null ? '-:0' : `${epoch}:${head}`;
    return (this.#many ? id.startsWith('~') : id === position)
      ? undefined
      : `hello has the id ${id}`;
  }

  /** The name of the described event: a typed event is named by its type. */
  #kindOf(name: string, data: string): string {
    const { kind, type } = JSON.parse(data) as { kind?: string; type?: string };
    if (kind === undefined) return name;
    if (this.#untyped) return name === 'message' ? kind : `named ${name}`;
    return kind === 'event' && type === name ? kind : name;
  }
}
