import { useCallback, useState } from 'react';
import { hasSession } from './account/has-session.ts';
import type { Session } from './account/session.ts';
import type { TextStorage } from './browser-storage.ts';
import { isReadable } from './channels/channel-api.ts';
import type { Directory } from './channels/directory.ts';
import { pathOfChannel } from './channels/route.ts';
import type { Connection } from './connection/connection.ts';
import type { Ballot } from './messages/ballot.ts';
import type { Outbox } from './sending/outbox.ts';
import type { PageSettings } from './settings/page-settings.ts';
import { AccountDialog } from './view/account/account-dialog.tsx';
import { LinkPage } from './view/account/link-page.tsx';
import { useVisitor } from './view/account/use-visitor.ts';
import { AdministrationPage } from './view/administration/administration-page.tsx';
import { QuickSwitcher } from './view/channels/quick-switcher.tsx';
import { useSwitcher } from './view/channels/use-switcher.ts';
import { ChannelPage } from './view/page/channel-page.tsx';
import { HomePage } from './view/page/home-page.tsx';
import { NowherePage } from './view/page/nowhere-page.tsx';
import { type Go, useRoute } from './view/page/use-route.ts';
import { SettingsContext } from './view/settings/use-settings.ts';

/** What the page needs; `settings` outlives the tab. */
export interface AppProps {
  connection: Connection;
  directory: Directory;
  outbox: Outbox;
  session: Session;
  ballot: Ballot;
  settings: TextStorage;
  choices: PageSettings;
  /** Outlives a reload, but not the tab. */
  drafts: TextStorage;
}

/** The whole page: the start page, or the channel in the path. */
export function App(props: AppProps) {
  const { connection, directory, outbox, session, ballot, settings, drafts } = props;
  const { route, go: goOn } = useRoute();
  const visitor = useVisitor(session, settings);
  const [isSwitching, setSwitching] = useSwitcher();
  const [notice, setNotice] = useState<{ text: string; departures: number }>();
  const [visits, setVisits] = useState(0);
  const go: Go = useCallback(
    (path, replaces) => {
      setNotice(undefined);
      goOn(path, replaces);
    },
    [goOn],
  );
  const onLost = async (channel: string, title: string, isCut: boolean) => {
    // While its token has ended, an account reads as a guest.
    if (visitor.account && !(await hasSession(() => session.recover()))) return;
    await directory.refresh();
    const isReadableNow = await isReadable(channel).catch(() => true);
    if (location.pathname !== pathOfChannel(channel)) return;
    if (isReadableNow) {
      // It has become public, which cuts its readers, or archived.
      if (isCut) setVisits((before) => before + 1);
      return;
    }
    go('/');
    setNotice({ text: `You are no longer in ${title}.`, departures: session.departures });
  };
  return (
    <SettingsContext value={props.choices}>
      {route.at === 'home' && (
        <HomePage
          key={session.departures}
          visitor={visitor}
          directory={directory}
          go={go}
          notice={notice?.departures === session.departures ? notice.text : undefined}
        />
      )}
      {route.at === 'channel' && (
        <ChannelPage
          key={`${route.channel} ${session.departures} ${visits}`}
          channel={route.channel}
          at={route}
          visitor={visitor}
          connection={connection}
          directory={directory}
          outbox={outbox}
          ballot={ballot}
          drafts={drafts}
          go={go}
          onLost={(title, isCut) => void onLost(route.channel, title, isCut)}
        />
      )}
      {route.at === 'link' && <LinkPage link={route.link} visitor={visitor} go={go} />}
      {route.at === 'administration' && <AdministrationPage visitor={visitor} go={go} />}
      {route.at === 'nowhere' && <NowherePage go={go} />}
      {visitor.asked && <AccountDialog visitor={visitor} />}
      {isSwitching && (
        <QuickSwitcher
          visitor={visitor}
          directory={directory}
          go={go}
          onClose={() => setSwitching(false)}
        />
      )}
    </SettingsContext>
  );
}
