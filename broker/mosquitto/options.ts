import { parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';

/** The options on the command line. */
export interface MosquittoOptions {
  /** The folder for the files. */
  folder: string;
  /** True when clients without a user may read events. */
  guests: boolean;
  /** The account that Mosquitto switches to when root starts it; empty: Mosquitto's own choice. */
  user: string;
  help: boolean;
}

/** What `npm run mosquitto -- --help` prints. */
export const USAGE = [
  howToRun('mosquitto', '<folder> [options]'),
  '',
  'Writes mosquitto.conf, acl and passwd for Mosquitto 2 from the permissions of our own broker,',
  `and from its settings: MQTT_TLS_CERT_FILE, MQTT_TLS_KEY_FILE (${howToRun('secrets')} makes both),`,
  'MQTT_PASSWORD_FILE (the password of the services), MQTT_HOST, MQTT_TLS_PORT, AUTH.',
  '',
  '  --guests     lets clients without a user read events, as our own broker does; not with',
  '               AUTH=required',
  '  --user NAME  the account that Mosquitto switches to when root starts it; it must be able to',
  '               read these files, and the key (mosquitto)',
].join('\n');

/** Reads the arguments. @throws UsageError that says what is wrong with them */
export function parseMosquittoOptions(args: string[]): MosquittoOptions {
  const { values, positionals } = parse(args);
  const [folder = '', ...others] = positionals;
  if (!values.help && (folder === '' || others.length > 0)) {
    throw new UsageError(`name one folder for the files: ${howToRun('mosquitto', '<folder>')}`);
  }
  return { folder, ...values };
}

function parse(args: string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      guests: { type: 'boolean', default: false },
      user: { type: 'string', default: '' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
