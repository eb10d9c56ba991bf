import { encodeAccessNotice } from '@parley/contract/channels/access.ts';
import { CHANNELS_TOPIC } from '@parley/contract/channels/channel-notice.ts';
import { ACCESS_TOPIC, eventsTopic, type Side } from '@parley/contract/channels/topic.ts';
import { type ChatEvent, encodeEvent } from '@parley/contract/events/event.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { ChatMetrics } from '../metrics.ts';

/**
 * Most characters of several events in one message; one event may have more. In UTF-8 this is less than
 * 64 KB, which every broker takes.
 */
const GROUP_MAX_TEXT = 16_384;
/** Most events without an echo from the broker; with more, new posts wait. */
const WINDOW_EVENTS = 256;

/**
 * Publishes committed events, and lets posts wait when the broker has fallen behind. A broker
 * acknowledges a message before it delivers it. So the publisher sends an echo after its events,
 * and at most a window of events may be without an echo. Posts wait; events do not.
 */
export class Publisher {
  readonly #bus: Bus;
  readonly #log: Log;
  readonly #metrics: ChatMetrics;
  readonly #channelMade: (() => void) | undefined;
  #published = 0;
  #confirmed = 0;
  #echoUnderWay = false;
  #waiting: (() => void)[] = [];

  /** `channelMade` is called for each public channel that begins. */
  constructor(
    bus: Bus,
    { log, metrics, channelMade }: { log: Log; metrics: ChatMetrics; channelMade?: () => void },
  ) {
    this.#bus = bus;
    this.#channelMade = channelMade;
    this.#log = log;
    this.#metrics = metrics;
    bus.onLink((connected) => {
      if (connected) this.#startProbe();
      else this.#confirm(this.#published);
    });
  }

  /** Publishes the events of one commit. */
  publish(events: Published[]): void {
    const groupMax = this.#bus.takesGroups ? GROUP_MAX_TEXT : 0;
    for (const { topic, text } of groupsOf(events, groupMax)) this.#bus.publish(topic, text);
    for (const { event, private: isPrivate } of events) {
      if (event.seq === 1) this.#announce(event.channel, isPrivate ? 'private' : 'public');
    }
    this.#published += events.length;
    this.#startProbe();
  }

  /** Announces a channel with its first event. */
  #announce(channel: string, side: Side): void {
    if (side === 'public') {
      this.#channelMade?.();
      this.#bus.publish(CHANNELS_TOPIC, JSON.stringify({ channel }));
    } else this.#bus.publish(ACCESS_TOPIC, encodeAccessNotice({ channel, change: 'members' }));
  }

  /** Resolves when the broker has space, and at once when the broker is not connected. */
  async ready(): Promise<void> {
    while (this.#bus.connected && this.#published - this.#confirmed >= WINDOW_EVENTS) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Sends one echo at a time, while an event is unconfirmed and the broker is connected. */
  #startProbe(): void {
    if (!this.#echoUnderWay) void this.#probe();
  }

  async #probe(): Promise<void> {
    this.#echoUnderWay = true;
    while (this.#bus.connected && this.#confirmed < this.#published) {
      const covered = this.#published;
      try {
        this.#metrics.publishSeconds.observe((await this.#bus.echo()) / 1000);
      } catch (error) {
        this.#log.warn({ cause: (error as Error).message }, 'publish: no echo from the broker');
      }
      this.#confirm(covered);
    }
    this.#echoUnderWay = false;
  }

  #confirm(count: number): void {
    this.#confirmed = Math.max(this.#confirmed, count);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** An event to publish, and whether its channel was private when it was stored. */
export interface Published {
  event: ChatEvent;
  private?: true;
}

/** Several events of one topic, one a line. */
interface Group {
  topic: string;
  text: string;
}

/** Groups events by topic, in their order; a group of several events has at most `maxText` characters. */
function groupsOf(events: Published[], maxText: number): Group[] {
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  for (const { event, private: isPrivate } of events) {
    const topic = eventsTopic(event.channel, isPrivate ? 'private' : 'public');
    const line = encodeEvent(event);
    const group = open.get(topic);
    if (group && group.text.length + line.length < maxText) {
      group.text += `\n${line}`;
      continue;
    }
    const next = { topic, text: line };
    groups.push(next);
    open.set(topic, next);
  }
  return groups;
}
