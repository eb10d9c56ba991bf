import { useState } from 'react';
import { authorized } from '../../account/authorized.ts';
import { makePrivateChannel, openDirect } from '../../channels/channel-api.ts';
import type { Directory } from '../../channels/directory.ts';
import { pathOfChannel, pathOfPeople } from '../../channels/route.ts';
import { faultText } from '../../request-json.ts';
import type { Visitor } from '../account/use-visitor.ts';
import type { Go } from '../page/use-route.ts';

/** What a view needs that makes channels. */
export interface NewChannelParts {
  visitor: Visitor;
  directory: Directory;
  go: Go;
}

/**
 * Makes private and direct channels, and goes there. Each call resolves with false when the server
 * refuses; `fault` is then the reason.
 */
export function useNewChannel({ visitor, directory, go }: NewChannelParts) {
  const [fault, setFault] = useState<string>();
  const make = async (ask: () => Promise<string>) => {
    setFault(undefined);
    try {
      const path = await authorized(ask, () => visitor.session.recover());
      await directory.refresh();
      go(path);
      return true;
    } catch (error) {
      setFault(faultText(error));
      return false;
    }
  };
  return {
    fault,
    setFault,
    makePrivate: (channel: string) =>
      make(async () => {
        await makePrivateChannel(channel);
        return pathOfPeople(channel);
      }),
    message: (names: readonly string[]) => make(async () => pathOfChannel(await openDirect(names))),
  };
}
