import './home-page.css';
import { SignInPage } from '../account/sign-in-page.tsx';
import { mustSignIn } from '../account/use-visitor.ts';
import { ChannelList } from '../channels/channel-list.tsx';
import { ChannelPicker } from '../channels/channel-picker.tsx';
import { useDirectory } from '../channels/use-directory.ts';
import { useFound } from '../channels/use-found.ts';
import type { NewChannelParts } from '../channels/use-new-channel.ts';
import { AuthorLine } from '../composer/author-line.tsx';
import { SessionLine } from '../composer/session-line.tsx';
import { NewMessage } from '../people/new-message.tsx';
import { Mark } from './mark.tsx';
import { useTitle } from './use-title.ts';

/** The start page: choose a channel and, optionally, a name. `notice`: why the page came here by itself. */
export function HomePage(props: NewChannelParts & { notice: string | undefined }) {
  const { visitor, directory, go } = props;
  const parts = { visitor, directory, go };
  const { channels, fault } = useDirectory(directory);
  const { found, ...field } = useFound(directory);
  useTitle('Parley');
  if (fault === 'barred' && mustSignIn(visitor)) {
    return <SignInPage visitor={visitor} />;
  }
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
          {...field}
          {...parts}
          found={found.length}
          label="Channel"
          button="Open channel"
          main
          autoFocus={matchMedia('(pointer: fine)').matches}
        >
          <SessionLine visitor={visitor} />
          <AuthorLine visitor={visitor} label="Your name" placeholder="Optional for now" />
        </ChannelPicker>
      </div>
      <nav className="home-channels" aria-labelledby="open-channels">
        {props.notice !== undefined && (
          <p className="notice" role="status">
            {props.notice}
          </p>
        )}
        <h2 id="open-channels">Channels</h2>
        <NewMessage {...parts} />
        {channels?.length === 0 && (
          <p className="quiet">
            There are no channels yet. The first message in a channel creates it.
          </p>
        )}
        {fault === 'away' && (
          <p className="quiet" role="status">
            The server gives no answer. Trying again…
          </p>
        )}
        {channels && <ChannelList channels={found} go={go} />}
      </nav>
    </main>
  );
}
