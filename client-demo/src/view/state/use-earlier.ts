import type { Channel, ParleyError } from '@parley/client';
import { useState } from 'react';
import type { HistoryChange } from '../../history/channel-history.ts';

/** Number of events that one read asks for while the reader scrolls. */
export const SCROLL_PAGE = 200;

/** The reading of earlier events. */
export interface Earlier {
  earlier: 'idle' | 'loading' | 'failed';
  loadEarlier: () => void;
  /** Why the last reading failed. */
  refusal: ParleyError | undefined;
}

/** Reads the events before the first one that a history has; of one thread, if it is given. */
export function useEarlier(
  channel: Channel | undefined,
  props: { first: number; change: (change: HistoryChange) => void; thread?: number },
): Earlier {
  const [isLoading, setLoading] = useState(false);
  const [refusal, setRefusal] = useState<ParleyError>();
  const load = async () => {
    if (isLoading || !channel) return;
    const { first: before, change, thread } = props;
    setLoading(true);
    try {
      const options = { before, limit: SCROLL_PAGE, ...(thread !== undefined && { thread }) };
      change({ type: 'earlier', page: await channel.history(options) });
      setRefusal(undefined);
    } catch (error) {
      setRefusal(error as ParleyError);
    }
    setLoading(false);
  };
  return {
    earlier: isLoading ? 'loading' : refusal ? 'failed' : 'idle',
    loadEarlier: () => void load(),
    refusal,
  };
}
