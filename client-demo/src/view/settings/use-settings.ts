import { createContext, useContext, useSyncExternalStore } from 'react';
import type { PageChoices, PageSettings } from '../../settings/page-settings.ts';

/** The settings of the page, for every component. */
export const SettingsContext = createContext<PageSettings | undefined>(undefined);

/** The settings, and the reader's present choices. @throws Error outside of the context */
export function useSettings(): [PageChoices, PageSettings] {
  const settings = useContext(SettingsContext);
  if (!settings) throw new Error('no settings around this component');
  return [useSyncExternalStore(settings.subscribe, settings.snapshot), settings];
}
