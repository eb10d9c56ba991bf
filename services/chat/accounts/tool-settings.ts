import { transcriptSettings } from '../transcripts/settings.ts';

const { timezone: _, ...settings } = transcriptSettings;

/** Settings of `npm run account`. */
export const accountToolSettings = settings;
