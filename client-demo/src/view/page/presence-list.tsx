import './presence-list.css';
import type { Presence } from '@parley/client';
import { othersText, presenceText } from '../../channels/presence.ts';
import { Badge } from '../badge.tsx';
import { type NewChannelParts, useNewChannel } from '../channels/use-new-channel.ts';
import { Fault } from '../fault.tsx';
import { useFold } from '../state/use-fold.ts';

/** The number of readers in the channel and, unfolded, their names, to which accounts can write. */
export function PresenceList({ presence, parts }: { presence: Presence; parts: NewChannelParts }) {
  const { ref, onKeyDown, fold } = useFold();
  const { message, fault } = useNewChannel(parts);
  const { account } = parts.visitor;
  const others = othersText(presence);
  return (
    <details className="presence" ref={ref} onKeyDown={onKeyDown}>
      <summary data-testid="presence">
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="M8 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5.500 7.500a5.500 5.500 0 0 1 11 0M13 3.300a3 3 0 0 1 0 5.400M15.500 12a5.500 5.500 0 0 1 2 4.500" />
        </svg>
        {presenceText(presence)}
      </summary>
      <div className="panel">
        <ul>
          {presence.here.map((name) => (
            <li key={name} data-testid="present">
              <Badge name={name} />
              <bdi>{name}</bdi>
              {account && name !== account && (
                <button
                  type="button"
                  className="link-button"
                  onClick={() => void message([name]).then((isOpen) => isOpen && fold())}
                  aria-label={`Message ${name}`}
                >
                  Message
                </button>
              )}
            </li>
          ))}
        </ul>
        <Fault text={fault} />
        {others !== undefined && <p className="others">{others}</p>}
      </div>
    </details>
  );
}
