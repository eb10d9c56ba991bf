import { useId, useState } from 'react';
import { askToNotify, knowsNotifications } from '../../notices/notifier.ts';
import { Switch } from './switch.tsx';
import { useSettings } from './use-settings.ts';

const HINT = 'While no tab of Parley is in view. All messages: of channels that you have read';
const CHOICES = {
  all: 'All messages',
  meant: 'Mentions and direct messages',
  none: 'None',
};
const NEEDS_HTTPS = 'Your browser has them only for pages with HTTPS';

/** Desktop notifications, for which the browser asks the reader first, and their sound. */
export function NoticeSwitches() {
  const [{ notifications, onlyMeant, sound }, settings] = useSettings();
  const [refused, setRefused] = useState(false);
  const isKnown = knowsNotifications();
  const id = useId();
  const choose = async (choice: string) => {
    const wanted = choice !== 'none';
    const granted = wanted && (await askToNotify());
    setRefused(wanted && !granted);
    settings.choose({ notifications: granted, onlyMeant: choice === 'meant' });
  };
  const chosen = !notifications || !isKnown ? 'none' : onlyMeant ? 'meant' : 'all';
  return (
    <>
      <fieldset className="choice-list" disabled={!isKnown} aria-describedby={`${id}-hint`}>
        <legend>Desktop notifications</legend>
        {Object.entries(CHOICES).map(([choice, label]) => (
          <label key={choice}>
            <input
              type="radio"
              name={id}
              checked={choice === chosen}
              onChange={() => void choose(choice)}
              data-testid={`notifications-${choice}`}
            />
            {label}
          </label>
        ))}
        <p className="switch-hint" id={`${id}-hint`}>
          {isKnown ? HINT : NEEDS_HTTPS}
        </p>
      </fieldset>
      <div role="alert">
        {refused && <p className="fault">Your browser refuses notifications of this page.</p>}
      </div>
      <Switch
        label="Sound"
        checked={sound}
        disabled={!notifications || !isKnown}
        onChange={(wanted) => settings.choose({ sound: wanted })}
        testId="sound"
      />
    </>
  );
}
