import type { KeptAct } from '@parley/contract/accounts/audit.ts';
import { isTicket, parseRedeemed } from '@parley/contract/accounts/ticket.ts';
import { type ChannelList, parseChannelList } from '@parley/contract/channels/channel-list.ts';
import type { UncheckedDraft } from '@parley/contract/events/draft.ts';
import { type EventsPage, parseEventsPage } from '@parley/contract/events/events-page.ts';
import { encodeWithData, type JsonText } from '@parley/contract/json-text.ts';
import { ChatError, parseProblem } from '@parley/contract/problem.ts';
import { getText } from './http/get-text.ts';
import { ownProcessHeader } from './http/own-process.ts';
import { bearerHeader } from './tokens/bearer-header.ts';

/** How long chat may take to answer a query on the log. */
const QUERY_LIMIT_MS = 10_000;
/** How long chat may take to keep an act. */
const ACT_LIMIT_MS = 10_000;
/** How long chat may take to redeem a ticket. */
const REDEEM_LIMIT_MS = 10_000;

/** What a message is posted with. */
export interface PostOptions {
  token: string | undefined;
  /** Idempotency key. */
  key?: string | undefined;
  /** Further headers. */
  headers?: Record<string, string>;
  /** Ends the request. */
  signal: AbortSignal;
}

/** The HTTP calls of the other services to chat. Any replica of chat answers them. */
export interface ChatClient {
  /**
   * The oldest events above `after`, in rising order. The old name of a renamed channel has no events.
   * Rejects when chat cannot answer, as do `newest` and `heads`.
   */
  after(channel: string, after: number, limit: number): Promise<EventsPage>;
  /** The newest events, in rising order. */
  newest(channel: string, limit: number): Promise<EventsPage>;
  /** The heads of the given channels that exist; without names, the head of the first channel. */
  heads(channels: string[]): Promise<ChannelList['channels']>;
  /** A page of the channels with events, sorted by name, above `after`. */
  channels(after: string): Promise<ChannelList>;
  /** The name that a channel of an old name has now; undefined for any other name. Rejects without an answer. */
  nameNow(channel: string): Promise<string | undefined>;
  /** Those of the named channels that are private, with their members; also without events. */
  privateChannels(channels: string[]): Promise<ChannelList['channels']>;
  /** Private channels that the bearer of a token may read; at most 1,000. */
  privateChannelsOf(token: string): Promise<ChannelList['channels']>;
  /**
   * Redeems a ticket for a token. A text that is no ticket is refused without a request.
   * @throws ChatError `invalid-ticket`, or `store-unavailable` when there is no answer
   */
  redeem(ticket: unknown): Promise<string>;
  /** Keeps an act of the administrator with that token. Rejects when it is not kept. */
  keepAct(token: string, act: KeptAct): Promise<void>;
  /**
   * Posts a message or a typed event. Resolves with chat's answer of any status; the caller reads or cancels its
   * body. Rejects when there is no answer.
   */
  post(channel: string, draft: UncheckedDraft, options: PostOptions): Promise<Response>;
  /** Gives the message `seq` another text. Resolves and rejects as `post` does. */
  edit(
    channel: string,
    seq: number,
    message: string,
    options: Pick<PostOptions, 'token' | 'signal'>,
  ): Promise<Response>;
}

interface ChatClientOptions {
  /** Gives the bearer token for reading the log; undefined where none is needed. */
  token?: () => string | undefined;
  /** Shared secret of services in one process; undefined where chat is another process. */
  ownSecret?: string | undefined;
  /** True: reads the log as a client that is in no private channel, also where the token may read more. */
  asOutsider?: boolean;
}

/** Makes a client for chat at an address. It keeps no connection that must be closed. */
export function openChatClient(
  chatUrl: string,
  { token = () => undefined, ownSecret, asOutsider = false }: ChatClientOptions = {},
): ChatClient {
  const base = new URL(chatUrl);
  const own = ownProcessHeader(ownSecret);

  const asViewer: [string, string][] = asOutsider ? [['private', '0']] : [];

  function get(
    path: string,
    query: [string, string][],
    shown: string | undefined = token(),
  ): Promise<string> {
    const url = new URL(path, base);
    url.search = new URLSearchParams(query).toString();
    return getText(url, { headers: bearerHeader(shown), limitMs: QUERY_LIMIT_MS });
  }

  async function page(channel: string, query: Record<string, number>): Promise<EventsPage> {
    const fields = Object.entries({ ...query, renamed: 0 }).map(
      ([name, value]): [string, string] => [name, String(value)],
    );
    return parseEventsPage(await get(`${pathOf(channel)}/events`, [...fields, ...asViewer]));
  }

  async function list(query: [string, string][], shown?: string): Promise<ChannelList['channels']> {
    return parseChannelList(JSON.parse(await get('/chat', query, shown))).channels;
  }

  function sendJson(
    path: string,
    document: Record<string, unknown> & { data?: JsonText | undefined },
    {
      method = 'POST',
      headers,
      signal,
    }: { method?: string; headers: Record<string, string>; signal: AbortSignal },
  ): Promise<Response> {
    return fetch(new URL(path, base), {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      body: encodeWithData(document),
      signal,
    });
  }

  async function askToRedeem(ticket: string): Promise<Response> {
    try {
      const signal = AbortSignal.timeout(REDEEM_LIMIT_MS);
      return await sendJson('/tickets/redeem', { ticket }, { headers: own, signal });
    } catch (error) {
      throw ticketsUnavailable(error);
    }
  }

  return {
    after: (channel, after, limit) => page(channel, { after, limit }),
    newest: (channel, limit) => page(channel, { before: Number.MAX_SAFE_INTEGER, limit }),
    async heads(channels) {
      const query = channels.map((name): [string, string] => ['channel', name]);
      const limit = String(Math.max(1, channels.length));
      return list([...query, ['limit', limit], ...asViewer]);
    },
    async channels(after) {
      const query: [string, string][] = [
        ['after', after],
        ['limit', '1000'],
        ['archived', '1'],
        ...asViewer,
      ];
      return parseChannelList(JSON.parse(await get('/chat', query)));
    },
    async nameNow(channel) {
      const url = new URL(`${pathOf(channel)}/events?limit=1`, base);
      const signal = AbortSignal.timeout(QUERY_LIMIT_MS);
      const response = await fetch(url, { headers: bearerHeader(token()), signal });
      if (response.status === 409) return parseProblem(await response.json()).channel;
      await response.body?.cancel();
      return undefined;
    },
    privateChannels(channels) {
      const query = channels.map((name): [string, string] => ['channel', name]);
      return list([...query, ['access', '1']]);
    },
    async privateChannelsOf(shown) {
      const query: [string, string][] = [
        ['private', '1'],
        ['limit', '1000'],
        ['unread', '0'],
        ['archived', '1'],
      ];
      return list(query, shown);
    },
    async redeem(ticket) {
      if (!isTicket(ticket)) throw invalidTicket();
      const response = await askToRedeem(ticket);
      // A chat that makes no tickets has no valid ones.
      if (response.status === 401 || response.status === 404) throw invalidTicket();
      if (!response.ok) throw ticketsUnavailable();
      return parseRedeemed(await response.json());
    },
    async keepAct(shown, act) {
      const headers = bearerHeader(shown);
      const signal = AbortSignal.timeout(ACT_LIMIT_MS);
      const response = await sendJson('/audit', act, { headers, signal });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`chat answered ${response.status} to /audit`);
    },
    post: (
      channel,
      { username, message, type, data, replyTo, store },
      { token: shown, key, headers, signal },
    ) =>
      sendJson(
        pathOf(channel),
        { username, message, type, data, replyTo, store },
        {
          headers: {
            ...bearerHeader(shown),
            ...(key !== undefined && { 'Idempotency-Key': key }),
            ...headers,
          },
          signal,
        },
      ),
    edit: (channel, seq, message, { token: shown, signal }) =>
      sendJson(
        `${pathOf(channel)}/events/${seq}`,
        { message },
        { method: 'PATCH', headers: bearerHeader(shown), signal },
      ),
  };
}

function invalidTicket(): ChatError {
  return new ChatError('invalid-ticket', 'The ticket was used or has expired; get a new one.');
}

function ticketsUnavailable(cause?: unknown): ChatError {
  return new ChatError('store-unavailable', 'Tickets cannot be checked now; get a new one.', {
    cause,
  });
}

function pathOf(channel: string): string {
  return `/chat/${encodeURIComponent(channel)}`;
}
