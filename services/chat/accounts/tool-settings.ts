import { transcriptSettings } from '../transcripts/settings.ts';

const { timezone: _, ...settings } = transcriptSettings;

/** Everything that `npm run account` is told, besides its arguments. */
export const accountToolSettings = settings;
