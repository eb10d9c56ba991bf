import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { Viewer } from '@parley/kit/viewer.ts';
import type { Store } from '../store.ts';

/**
 * Events read at once. Bounds the memory of reading a whole log, and how long it blocks the store.
 */
const PAGE_EVENTS = 500;

/** Every event of a channel in pages, oldest first, up to the head as it was at the start, as its viewer sees it. */
export async function* readPages(
  store: Store,
  channel: string,
  viewer: Viewer,
): AsyncGenerator<ChatEvent[]> {
  let after = 0;
  let end = Number.MAX_SAFE_INTEGER;
  while (after < end - 1) {
    const page = await store.page({
      channel,
      viewer,
      after,
      before: end,
      limit: PAGE_EVENTS,
      newest: false,
    });
    end = Math.min(end, page.head + 1);
    after = page.events.at(-1)?.seq ?? end;
    yield page.events;
  }
}
