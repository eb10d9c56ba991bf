import { openChannelMatch } from '@parley/contract/channels/channel-pattern.ts';
import { type ChatEvent, encodeEvent } from '@parley/contract/events/event.ts';
import type { HookPosition } from '../store/store.ts';
import type { HookLog } from './hook-log.ts';
import { positionIn } from './position-in.ts';

/** An event as it is posted. */
export interface DueEvent {
  epoch: string;
  seq: number;
  /** `<epoch>:<seq>`. */
  id: string;
  /** When it was stored, in milliseconds since 1970 (UTC). */
  at: number;
  /** Its kind, or the type of a typed event. */
  kind: string;
  body: string;
}

/** What a page of the log has for a hook. */
export interface Due {
  /** From where the events go on: in the log that the channel has now. */
  from: HookPosition;
  events: DueEvent[];
  /** The position after the last event of the page, which the hook may not want. */
  to: HookPosition;
  /** True when the log may have more events. */
  more: boolean;
}

const PAGE_EVENTS = 50;
/** Most bytes of events that are kept, because every channel under way has a page. One event may have more. */
const PAGE_BYTES = 65_536;

/** Opens the test whether a hook delivers an event: by its kind, or by its type if it is a typed event. */
export function openKindMatch(kinds: string[]): (event: ChatEvent) => boolean {
  const matches = openChannelMatch(kinds);
  return (event) => matches(kindOf(event));
}

const kindOf = (event: ChatEvent) => (event.kind === 'event' ? event.type : event.kind);

interface DueParts {
  log: Pick<HookLog, 'page'>;
  wants: (event: ChatEvent) => boolean;
  /** Finds the position in a log that was delivered under the channel's former name. */
  renamed: (epoch: string) => Promise<HookPosition | undefined>;
}

/** Reads the events after a position that a hook delivers. Undefined: there is no event after it. */
export async function readDue(
  position: HookPosition,
  { log, wants, renamed }: DueParts,
): Promise<Due | undefined> {
  const { channel } = position;
  let page = await log.page(channel, position.seq, PAGE_EVENTS);
  const isOther = page.epoch !== null && page.epoch !== position.epoch;
  const former = isOther ? await renamed(page.epoch ?? '') : undefined;
  const from = former ?? (await positionIn(log, page, position));
  if (from.seq !== position.seq) page = await log.page(channel, from.seq, PAGE_EVENTS);
  if (page.events.length === 0) return undefined;
  const due: Due = { from, events: [], to: from, more: page.next !== null };
  let bytes = 0;
  for (const event of page.events) {
    const { epoch, seq, id } = event;
    // The log was replaced between two requests.
    if (epoch !== from.epoch) return { ...due, more: true };
    const at = Date.parse(event.at);
    if (wants(event)) {
      const body = encodeEvent(event);
      bytes += body.length;
      if (bytes > PAGE_BYTES && due.events.length > 0) return { ...due, more: true };
      due.events.push({ epoch, seq, id, at, kind: kindOf(event), body });
    }
    due.to = { ...due.to, epoch, seq, at };
  }
  return due;
}
