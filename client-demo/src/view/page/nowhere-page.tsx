import './nowhere-page.css';
import { CHANNEL_NAME_RULE } from '../../channels/channel-name.ts';
import { Mark } from './mark.tsx';
import { RouteLink } from './route-link.tsx';
import type { Go } from './use-route.ts';
import { useTitle } from './use-title.ts';

/** The page for a path that is not a channel; `reason` is the server's, if it gave one. */
export function NowherePage({ go, reason }: { go: Go; reason?: string }) {
  useTitle('No such channel · Parley');
  return (
    <main className="nowhere">
      <Mark />
      <h1>No channel here</h1>
      <p>{reason ?? CHANNEL_NAME_RULE}</p>
      <RouteLink className="button" href="/" go={go}>
        Choose a channel
      </RouteLink>
    </main>
  );
}
