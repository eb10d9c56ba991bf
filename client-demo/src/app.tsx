import type { TextStorage } from './browser-storage.ts';
import type { Outbox } from './outbox.ts';
import { ChannelPage } from './view/channel-page.tsx';
import { HomePage } from './view/home-page.tsx';
import { NowherePage } from './view/nowhere-page.tsx';
import { usePlace } from './view/use-place.ts';
import { useStoredName } from './view/use-stored-name.ts';

/** What the page is made of; `settings` outlives the tab. */
export interface AppProps {
  outbox: Outbox;
  settings: TextStorage;
}

/** The whole page: the start, or the channel that the path names. */
export function App({ outbox, settings }: AppProps) {
  const { place, go } = usePlace();
  const [name, setName] = useStoredName(settings);
  const person = { name, setName };
  switch (place.at) {
    case 'home':
      return <HomePage person={person} go={go} />;
    case 'channel':
      return (
        <ChannelPage
          key={place.channel}
          channel={place.channel}
          person={person}
          outbox={outbox}
          go={go}
        />
      );
    case 'nowhere':
      return <NowherePage go={go} />;
  }
}
