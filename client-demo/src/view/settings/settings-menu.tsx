import './settings-menu.css';
import { useFold } from '../state/use-fold.ts';
import { NoticeSwitches } from './notice-switches.tsx';
import { Switch } from './switch.tsx';
import { useSettings } from './use-settings.ts';

/** What the reader can choose for this browser. */
export function SettingsMenu() {
  const { ref, onKeyDown } = useFold();
  const [choices, settings] = useSettings();
  return (
    <details className="settings-menu" ref={ref} onKeyDown={onKeyDown}>
      <summary
        className="icon-button"
        aria-label="Settings"
        title="Settings"
        data-testid="settings"
      >
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="M3 6h7m4 0h3M3 14h3m4 0h7M12 4v4M8 12v4" />
        </svg>
      </summary>
      <div className="panel">
        <Switch
          label="Format texts"
          hint="Links, **bold**, *italic*, `code` and lists"
          checked={choices.formatting}
          onChange={(formatting) => settings.choose({ formatting })}
          testId="formatting"
        />
        <NoticeSwitches />
      </div>
    </details>
  );
}
