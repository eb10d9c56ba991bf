import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireList } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import { channelOf, type Feed } from '../feeds/feed.ts';
import type { CatalogMetrics } from '../metrics.ts';
import type { CatalogStore } from '../store/store.ts';
import { encodeTime } from '../time.ts';
import { storeAnswers } from './store-answers.ts';

/**
 * `GET /catalog`: the feeds that the caller may read, with their counts of stored and waiting
 * messages.
 */
export function listFeeds(
  feeds: Feed[],
  { store, metrics }: { store: CatalogStore; metrics: CatalogMetrics },
): RequestHandler {
  return async (_request, response) => {
    const identity = identityOf(response);
    requireList(identity);
    const visible = feeds.filter((feed) => identity.maySubscribe(channelOf(feed)));
    const states = await storeAnswers(store.feeds(visible.map(({ name }) => name)));
    const { values: lags } = await metrics.lag.get();
    const list = visible.map(({ name, type, channel }) => {
      const state = states.find(({ feed }) => feed === name);
      return {
        feed: name,
        type,
        channel: channel ?? null,
        stored: state?.stored ?? 0,
        deadLetters: state?.deadLetters ?? 0,
        lag: lags.find(({ labels }) => labels.feed === name)?.value ?? 0,
        published: state?.publishedUs ? encodeTime(state.publishedUs) : null,
      };
    });
    response.setHeader('Cache-Control', 'no-store').json({ feeds: list });
  };
}
