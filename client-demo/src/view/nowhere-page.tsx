import './nowhere-page.css';
import { CHANNEL_NAME_RULE } from '../channel-name.ts';
import { Mark } from './mark.tsx';
import { PlaceLink } from './place-link.tsx';
import type { Go } from './use-place.ts';
import { useTitle } from './use-title.ts';

/** For an address that is no channel; `reason` says why, if the server did. */
export function NowherePage({ go, reason }: { go: Go; reason?: string }) {
  useTitle('No such channel · Parley');
  return (
    <main className="nowhere">
      <Mark />
      <h1>No channel here</h1>
      <p>{reason ?? CHANNEL_NAME_RULE}</p>
      <PlaceLink className="button" href="/" go={go}>
        Choose a channel
      </PlaceLink>
    </main>
  );
}
