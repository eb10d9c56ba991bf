import { broadcastPartSettings } from '@parley/broadcast/settings.ts';
import { brokerPartSettings, brokerSettings } from '@parley/broker/settings.ts';
import { catalogPartSettings, natsLinkSettings } from '@parley/catalog/settings.ts';
import { backupSettings } from '@parley/chat/commands/backup/settings.ts';
import { chatPartSettings } from '@parley/chat/settings.ts';
import { hooksPartSettings } from '@parley/hooks/settings.ts';
import { logSettings } from '@parley/kit/log/log.ts';
import type { Setting } from '@parley/kit/settings/settings.ts';
import { authSettings } from '@parley/kit/tokens/auth-settings.ts';
import { standaloneSettings } from '@parley/standalone/settings.ts';

/** The settings of each program of the image, by its path or its command. */
export const programs: Record<string, Record<string, Setting<unknown>>> = {
  backup: backupSettings,
  'services/standalone/main.ts': standaloneSettings,
  'services/chat/main.ts': chatPartSettings,
  'services/broadcast/main.ts': broadcastPartSettings,
  'services/catalog/main.ts': catalogPartSettings,
  'services/hooks/main.ts': hooksPartSettings,
  'services/catalog/demo-feeds/main.ts': { ...natsLinkSettings, ...logSettings },
  'broker/main.ts': brokerPartSettings,
  'broker/mosquitto/main.ts': { ...brokerSettings, auth: authSettings.auth },
};

/** The program of each service, by the service's host name. */
export const parts: Record<string, string> = {
  chat: 'services/chat/main.ts',
  broadcast: 'services/broadcast/main.ts',
  broker: 'broker/main.ts',
  catalog: 'services/catalog/main.ts',
  hooks: 'services/hooks/main.ts',
};

/** The variables of each service's settings, with CONFIG_FILE. */
export function variablesOfParts(): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(parts).map(([part, program]) => [
      part,
      ['CONFIG_FILE', ...Object.values(settingsOf(program)).flatMap(variablesOf)],
    ]),
  );
}

/** A program's setting for a variable. @throws Error when there is no such program */
export function settingOf(program: string, variable: string): Setting<unknown> | undefined {
  return Object.values(settingsOf(program)).find((one) => variablesOf(one).includes(variable));
}

function settingsOf(program: string): Record<string, Setting<unknown>> {
  const settings = programs[program];
  if (settings === undefined) throw new Error(`there is no program ${program}`);
  return settings;
}

/** The variables of a setting. A secret also has one for a file. */
function variablesOf({ env, sensitive }: Setting<unknown>): string[] {
  return sensitive ? [env, `${env}_FILE`] : [env];
}
