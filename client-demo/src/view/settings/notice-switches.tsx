import { useState } from 'react';
import { askToNotify, knowsNotifications } from '../../notices/notifier.ts';
import { Switch } from './switch.tsx';
import { useSettings } from './use-settings.ts';

const HINT = 'Of channels that you have read, while no tab of Parley is in view';
const NEEDS_HTTPS = 'Your browser has them only for pages with HTTPS';

/** Desktop notifications, for which the browser asks the reader first, and their sound. */
export function NoticeSwitches() {
  const [{ notifications, sound }, settings] = useSettings();
  const [refused, setRefused] = useState(false);
  const isKnown = knowsNotifications();
  const turn = async (wanted: boolean) => {
    const granted = wanted && (await askToNotify());
    setRefused(wanted && !granted);
    settings.choose({ notifications: granted });
  };
  return (
    <>
      <Switch
        label="Desktop notifications"
        hint={isKnown ? HINT : NEEDS_HTTPS}
        checked={notifications && isKnown}
        disabled={!isKnown}
        onChange={(wanted) => void turn(wanted)}
        testId="notifications"
      />
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
