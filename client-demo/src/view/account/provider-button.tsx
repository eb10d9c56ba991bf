import { useState } from 'react';
import type { Session } from '../../account/session.ts';
import { routeOfPath } from '../../channels/route.ts';
import { faultText } from '../../request-json.ts';
import { Fault } from '../fault.tsx';

/** Leads to the provider, by which the visitor signs in; nothing where there is none. */
export function ProviderButton(props: { session: Session; invitation?: string }) {
  const { session, invitation } = props;
  const [fault, setFault] = useState(session.providerFault);
  const [busy, setBusy] = useState(false);
  if (session.provider === undefined) return null;
  const leave = async () => {
    setBusy(true);
    setFault(undefined);
    session.dismissProviderFault();
    try {
      const route = routeOfPath(location.pathname);
      const channel = route.at === 'channel' ? route.channel : undefined;
      location.assign(await session.addressAtProvider({ channel, invitation }));
    } catch (error) {
      setFault(faultText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Fault text={fault} testId="provider-fault" />
      <button
        type="button"
        className="button provider"
        aria-disabled={busy}
        onClick={() => busy || void leave()}
        data-testid="provider"
      >
        Sign in with {session.provider}
      </button>
    </>
  );
}
