import type { ChatEvent } from '@parley/contract/events/event.ts';

/** A reaction of the subject that reads a page. */
export interface OwnReaction {
  seq: number;
  emoji: string;
}

/** The seqs of the messages with reactions; empty when no subject asks for its own. */
export function reactedSeqs(events: ChatEvent[], subject = ''): number[] {
  if (subject === '') return [];
  return events.flatMap((event) =>
    event.kind === 'message' && event.reactions ? [event.seq] : [],
  );
}

/** The events, with the subject's own reactions as `mine` in their messages. */
export function withMine(events: ChatEvent[], own: OwnReaction[]): ChatEvent[] {
  if (own.length === 0) return events;
  const bySeq = Map.groupBy(own, ({ seq }) => seq);
  return events.map((event) => {
    const ofEvent = bySeq.get(event.seq);
    if (!(ofEvent && event.kind === 'message' && event.reactions)) return event;
    const emojis = new Set(ofEvent.map(({ emoji }) => emoji));
    // A reaction may be added or taken back between the two reads.
    const mine = Object.keys(event.reactions).filter((emoji) => emojis.has(emoji));
    return mine.length > 0 ? { ...event, mine } : event;
  });
}
