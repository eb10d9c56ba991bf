import './quick-switcher.css';
import { type KeyboardEvent, useId, useLayoutEffect, useState } from 'react';
import type { ChannelEntry } from '../../channels/channel-entry.ts';
import { isChannelName, typedChannel } from '../../channels/channel-name.ts';
import { pathOfChannel } from '../../channels/route.ts';
import { Fault } from '../fault.tsx';
import { isComposing } from '../is-composing.ts';
import { useDialog } from '../state/use-dialog.ts';
import { ChannelName } from './channel-name.tsx';
import { UnreadCount } from './unread-count.tsx';
import { useFound } from './use-found.ts';
import { type NewChannelParts, useNewChannel } from './use-new-channel.ts';

/** Most channels that it offers. */
const OFFERED = 10;

/** A channel to which the switcher leads; `act` for one that is not in the list. */
type Offer = Omit<ChannelEntry, 'at'> & { act?: 'Open new' | 'Create private' };

/** Jumps to a channel by a part of its name: a combobox in a dialog (WAI-ARIA APG). */
export function QuickSwitcher(props: NewChannelParts & { onClose: () => void }) {
  const { text, setText, ...others } = useFound(props.directory);
  const [active, setActive] = useState(0);
  const dialog = useDialog();
  const id = useId();

  const typed = typedChannel(text);
  const found = others.found.slice(0, OFFERED);
  const { makePrivate, fault } = useNewChannel(props);
  const isNew = isChannelName(typed) && found.every(({ channel }) => channel !== typed);
  const offer: Offer = { channel: typed, unread: 0, mentioned: 0, act: 'Open new' };
  const offers: Offer[] = isNew ? [...found, offer] : found;
  if (isNew && props.visitor.account) {
    offers.push({ ...offer, act: 'Create private', private: true });
  }
  const chosen = Math.min(active, offers.length - 1);
  // The focus stays in the field, so the browser does not scroll to the option by itself.
  useLayoutEffect(() => {
    document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, chosen]);

  const open = async (one: Offer | undefined) => {
    if (!one || (one.act === 'Create private' && !(await makePrivate(one.channel)))) return;
    dialog.current?.close();
    if (one.act !== 'Create private') props.go(pathOfChannel(one.channel));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setActive((chosen + step + offers.length) % Math.max(1, offers.length));
    else if (event.key === 'Enter') void open(offers[chosen]);
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
        spellCheck="false"
        enterKeyHint="go"
      />
      <div role="listbox" id={`${id}-list`} aria-label="Channels">
        {offers.map((one, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field (APG)
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={`${one.channel} ${one.act}`}
            role="option"
            id={`${id}-${index}`}
            aria-selected={index === chosen}
            onClick={() => void open(one)}
            onPointerMove={() => setActive(index)}
          >
            <span>
              {one.act} <ChannelName named={one} />
            </span>
            <UnreadCount {...one} />
          </div>
        ))}
      </div>
      {offers.length === 0 && <p role="status">No channel has such a name.</p>}
      <Fault text={fault} />
    </dialog>
  );
}
