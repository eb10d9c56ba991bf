import type { Channel, Client } from '@parley/client';
import { useConnection } from '@parley/client/react';
import { useEffect, useLayoutEffect, useReducer } from 'react';
import { type Status, statusAfter } from '../../connection/status.ts';

/** The state of a channel's connection. */
export function useStatus(client: Client, channel: Channel | undefined): Status {
  const [status, change] = useReducer(statusAfter, { state: 'connecting' });
  const connection = useConnection(client);

  useEffect(() => {
    if (connection === 'reconnecting') change('broken');
  }, [connection]);

  // Preact runs other effects up to 0.1 s later, after the channel is live.
  useLayoutEffect(() => {
    const offs = [
      channel?.on('message', () => change('message')),
      channel?.on('live', () => change('live')),
    ];
    return () => {
      for (const off of offs) off?.();
    };
  }, [channel]);
  return status;
}
