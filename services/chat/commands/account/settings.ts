import { transcriptSettings } from '../transcript/settings.ts';

const { timezone: _, ...settings } = transcriptSettings;

/** Settings of `npm run account`. */
export const accountToolSettings = settings;
