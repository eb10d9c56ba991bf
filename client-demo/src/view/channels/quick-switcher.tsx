import './quick-switcher.css';
import { type KeyboardEvent, useId, useState } from 'react';
import { isChannelName, typedChannel } from '../../channels/channel-name.ts';
import type { Directory } from '../../channels/directory.ts';
import { pathOfChannel } from '../../channels/route.ts';
import type { Go } from '../page/use-route.ts';
import { useDialog } from '../state/use-dialog.ts';
import { UnreadCount } from './unread-count.tsx';
import { useFound } from './use-found.ts';

/** Most channels that it offers. */
const OFFERED = 10;

/** Jumps to a channel by a part of its name: a combobox in a dialog (WAI-ARIA APG). */
export function QuickSwitcher(props: { directory: Directory; go: Go; onClose: () => void }) {
  const { text, setText, ...others } = useFound(props.directory);
  const [active, setActive] = useState(0);
  const dialog = useDialog();
  const id = useId();

  const typed = typedChannel(text);
  const found = others.found.slice(0, OFFERED);
  const isNew = isChannelName(typed) && found.every(({ channel }) => channel !== typed);
  const offers = isNew ? [...found, { channel: typed, unread: 0, isNew }] : found;
  const chosen = Math.min(active, offers.length - 1);

  const open = (channel: string | undefined) => {
    if (channel === undefined) return;
    dialog.current?.close();
    props.go(pathOfChannel(channel));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setActive((chosen + step + offers.length) % Math.max(1, offers.length));
    else if (event.key === 'Enter') open(offers[chosen]?.channel);
    else return;
    event.preventDefault();
  };

  return (
    <dialog
      className="quick-switcher"
      ref={dialog}
      onClose={props.onClose}
      aria-label="Jump to a channel"
      data-testid="quick-switcher"
    >
      <input
        role="combobox"
        aria-label="Channel"
        aria-expanded={offers.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={offers.length > 0 ? `${id}-${chosen}` : undefined}
        aria-autocomplete="list"
        placeholder="Jump to a channel"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="go"
      />
      <div role="listbox" id={`${id}-list`} aria-label="Channels">
        {offers.map((offer, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field (APG)
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={offer.channel}
            role="option"
            id={`${id}-${index}`}
            aria-selected={index === chosen}
            onClick={() => open(offer.channel)}
            onPointerMove={() => setActive(index)}
          >
            <span className="channel-name">
              {'isNew' in offer && 'Open new '}
              <span className="hash">#</span>
              <bdi>{offer.channel}</bdi>
            </span>
            <UnreadCount unread={offer.unread} />
          </div>
        ))}
      </div>
      {offers.length === 0 && <p role="status">No channel has such a name.</p>}
    </dialog>
  );
}
