import './home-page.css';
import { ChannelList } from './channel-list.tsx';
import { ChannelPicker } from './channel-picker.tsx';
import { Mark } from './mark.tsx';
import { NameField } from './name-field.tsx';
import { useChannelList } from './use-channel-list.ts';
import type { Go } from './use-place.ts';
import type { Person } from './use-stored-name.ts';
import { useTitle } from './use-title.ts';

/** The start: choose a channel, and a name if one likes. */
export function HomePage({ person, go }: { person: Person; go: Go }) {
  const channels = useChannelList();
  useTitle('Parley');
  return (
    <main className="home">
      <div className="home-welcome">
        <p className="wordmark">
          <Mark /> Parley
        </p>
        <h1>
          Said once,
          <br />
          heard by everyone.
        </h1>
        <p className="lede">
          Open a channel and read along, live. Every line is kept and numbered, and when your
          connection drops you go on exactly where you were.
        </p>
        <ChannelPicker
          go={go}
          label="Channel"
          button="Open channel"
          autoFocus={matchMedia('(pointer: fine)').matches}
        >
          <NameField person={person} label="Your name" placeholder="Optional for now" />
        </ChannelPicker>
      </div>
      <nav className="home-channels" aria-labelledby="open-channels">
        <h2 id="open-channels">Channels</h2>
        {channels?.length === 0 && (
          <p className="quiet">Nobody has spoken yet. A channel begins with its first message.</p>
        )}
        {channels && <ChannelList channels={channels} go={go} />}
      </nav>
    </main>
  );
}
