import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import type { Store } from '../store.ts';

const CHANNELS_AT_ONCE = 1_000;

/** The name of every channel, in order; also of the private ones. */
export async function* readChannels(store: Pick<Store, 'channels'>): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const page = await store.channels({
      after,
      limit: CHANNELS_AT_ONCE,
      viewer: EVERY_PRIVATE_CHANNEL,
    });
    for (const { channel } of page) yield channel;
    if (page.length < CHANNELS_AT_ONCE) return;
    after = page.at(-1)?.channel ?? '';
  }
}
