import type { Documents, Place } from './documents.ts';
import { missingFault } from './request-fault.ts';

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

  /**
   * The fault of a text on a WebSocket, which exactly one message of its sender must describe. A guest
   * is a client without a token. `many`: the WebSocket has several channels.
   */
  socketFault(
    sender: 'parley' | 'client' | 'guest',
    value: unknown,
    many: boolean,
  ): string | undefined {
    const documents = this.#documents;
    const action = sender === 'parley' ? 'send' : 'receive';
    const faults = this.#messagesOf(action, many ? 'sockets' : 'socket').map((message) => {
      const schema = documents.under(message, 'payload') as Place;
      const name = String(documents.under(message, 'name')?.value);
      const fault =
        documents.fault(schema, value, sender === 'parley' ? 'parley' : 'client') ??
        (sender === 'guest' ? missingFault(documents, schema, value) : undefined);
      return { name, fault };
    });
    const names = faults.filter(({ fault }) => fault === undefined).map(({ name }) => name);
    if (names.length === 1) return undefined;
    const { kind, type } = Object(value) as { kind?: string; type?: string };
    if (names.length > 1) return `${type} is described more than once: ${names}`;
    const word = kind ?? type;
    const nearest = faults.find(({ name }) => name === word);
    return `"${word}"${nearest ? `: ${nearest.fault}` : ' is not described'}`;
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
    const sending = this.#operation('send', channel)?.value as Operation | undefined;
    return sending?.bindings?.mqtt ?? {};
  }

  #messagesOf(action: Operation['action'], channel: string): Place[] {
    const operation = this.#operation(action, channel) as Place;
    const messages = this.#documents.entries(this.#documents.under(operation, 'messages'));
    return messages.map(([, message]) => message);
  }

  #operation(wanted: Operation['action'], name: string): Place | undefined {
    return this.#documents
      .entries(this.#at('operations'))
      .map(([, operation]) => operation)
      .find(({ value }) => {
        const { action, channel } = value as Operation;
        return action === wanted && channel.$ref === `#/channels/${name}`;
      });
  }

  #at(...keys: string[]): Place | undefined {
    return this.#documents.find('asyncapi.yaml', ...keys);
  }
}

interface Operation {
  action: 'send' | 'receive';
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
