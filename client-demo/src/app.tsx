import type { Ballot } from './ballot.ts';
import type { TextStorage } from './browser-storage.ts';
import type { Outbox } from './outbox.ts';
import type { Session } from './session.ts';
import { AccountDialog } from './view/account-dialog.tsx';
import { ChannelPage } from './view/channel-page.tsx';
import { HomePage } from './view/home-page.tsx';
import { NowherePage } from './view/nowhere-page.tsx';
import { usePlace } from './view/use-place.ts';
import { useVisitor } from './view/use-visitor.ts';

/** What the page needs; `settings` outlives the tab. */
export interface AppProps {
  outbox: Outbox;
  session: Session;
  ballot: Ballot;
  settings: TextStorage;
  /** Outlives a reload, but not the tab. */
  drafts: TextStorage;
}

/** The whole page: the start page, or the channel in the path. */
export function App({ outbox, session, ballot, settings, drafts }: AppProps) {
  const { place, go } = usePlace();
  const visitor = useVisitor(session, settings);
  return (
    <>
      {place.at === 'home' && <HomePage visitor={visitor} go={go} />}
      {place.at === 'channel' && (
        <ChannelPage
          key={place.channel}
          channel={place.channel}
          visitor={visitor}
          outbox={outbox}
          ballot={ballot}
          drafts={drafts}
          go={go}
        />
      )}
      {place.at === 'nowhere' && <NowherePage go={go} />}
      {visitor.asked && <AccountDialog visitor={visitor} />}
    </>
  );
}
