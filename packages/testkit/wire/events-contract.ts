import type { Documents, Place } from './documents.ts';

/** An MQTT message as a subscriber gets it. */
export interface BusMessage {
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
}

/** asyncapi.yaml, for checking what Parley sends by itself. */
export class EventsContract {
  readonly #documents: Documents;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  /**
   * The fault of a stream's event, whose type is `message` if it names none. `many`: the stream has
   * several channels.
   */
  streamFault(type: string, data: string, many: boolean): string | undefined {
    return this.#payloadFault(this.#at('channels', many ? 'streams' : 'stream'), type, data);
  }

  /** The fault of a message on the bus. */
  busFault({ topic, payload, qos, retain }: BusMessage): string | undefined {
    const documents = this.#documents;
    const found = documents
      .entries(this.#at('channels'))
      .find(([name, channel]) => name !== 'stream' && isAddress(documents, channel, topic));
    if (!found) return `topic ${topic} is not described`;
    const [name, channel] = found;
    const [[type = ''] = []] = documents.entries(documents.under(channel, 'messages'));
    const sent = this.#sending(name);
    // Existing subscribers get the message without the retain flag [MQTT-3.3.1-9].
    if (qos !== sent.qos || (retain && !sent.retain))
      return `topic ${topic}: QoS ${qos}, retain ${retain} are not as described`;
    if (sent.retain && payload.length === 0) return undefined;
    const fault = this.#payloadFault(channel, type, payload.toString());
    return fault && `topic ${topic}: ${fault}`;
  }

  #payloadFault(channel: Place | undefined, type: string, data: string): string | undefined {
    const message = channel && this.#documents.under(channel, 'messages', type);
    const schema = message && this.#documents.under(message, 'payload');
    if (!schema) return `event "${type}" is not described`;
    const { contentType } = this.#documents.follow(message).value as { contentType?: string };
    const value = contentType === 'text/plain' ? data : JSON.parse(data);
    const fault = this.#documents.fault(schema, value, 'parley');
    return fault && `event "${type}": ${fault}`;
  }

  /** The QoS and retain flag of the operation that sends on a channel. */
  #sending(channel: string): { qos?: number; retain?: boolean } {
    const operations = this.#documents
      .entries(this.#at('operations'))
      .map(([, { value }]) => value);
    const sending = (operations as Sending[]).find(
      ({ action, channel: { $ref } }) => action === 'send' && $ref === `#/channels/${channel}`,
    );
    return sending?.bindings?.mqtt ?? {};
  }

  #at(...keys: string[]): Place | undefined {
    return this.#documents.find('asyncapi.yaml', ...keys);
  }
}

interface Sending {
  action: string;
  channel: { $ref: string };
  bindings?: { mqtt?: { qos?: number; retain?: boolean } };
}

function isAddress(documents: Documents, channel: Place, topic: string): boolean {
  const address = String(documents.under(channel, 'address')?.value).split('/');
  const levels = topic.split('/');
  return (
    address.length === levels.length &&
    address.every((part, i) => part.startsWith('{') || part === levels[i])
  );
}
