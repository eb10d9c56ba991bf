import type { Access } from '@parley/contract/channels/access.ts';
import { useCallback, useEffect, useState } from 'react';
import { authorized } from '../../account/authorized.ts';
import type { Session } from '../../account/session.ts';
import { readAccess } from '../../channels/channel-api.ts';
import { faultText } from '../../request-json.ts';

/** Who may enter a channel, and a function that changes it; `about` stands before a refusal. */
export function useAccess(channel: string, session: Session) {
  const [access, setAccess] = useState<Access | 'unshown'>();
  const [fault, setFault] = useState<string>();
  const change = useCallback(
    async (act: () => Promise<unknown>, about?: string) => {
      setFault(undefined);
      try {
        const ask = async () => {
          await act();
          return readAccess(channel);
        };
        setAccess((await authorized(ask, () => session.recover())) ?? 'unshown');
      } catch (error) {
        setFault((about === undefined ? '' : `${about}: `) + faultText(error));
      }
    },
    [channel, session],
  );
  useEffect(() => void change(async () => undefined), [change]);
  return { access, fault, change };
}
