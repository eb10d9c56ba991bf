import type { OpenedStore } from '../../store/opened-store.ts';
import { openArchive } from './archive/open-archive.ts';
import { openChannelNames } from './channel-names.ts';
import { openIntake } from './intake.ts';
import { makePrivate } from './make-private.ts';
import { readMattermost } from './mattermost/read-mattermost.ts';
import type { MigrateOptions } from './options.ts';
import { Report, reportLines } from './report.ts';
import { readSlack } from './slack/read-slack.ts';
import { openSpool } from './spool.ts';
import { storeMessages } from './store-messages.ts';

const READERS = { slack: readSlack, mattermost: readMattermost };

interface Surroundings {
  /** Opens the store; not called for a dry run. */
  openStore: () => Promise<Pick<OpenedStore, 'append' | 'access'> & AsyncDisposable>;
  server: string;
  /** Called often, with what is done. */
  progress: (line: () => string) => void;
}

/**
 * Imports the export of another chat, and resolves with the lines of the report. The whole export is
 * read and checked before its first message is stored.
 * @throws PlainError for an export that cannot be read
 */
export async function migrate(
  options: MigrateOptions,
  { openStore, server, progress }: Surroundings,
): Promise<string[]> {
  const { source, file, dryRun, prefix } = options;
  const report = new Report();
  using spool = openSpool();
  let entries = 0;
  const channels = await READERS[source](await openArchive(file), openIntake(spool, report), {
    ...options,
    nameFor: openChannelNames(prefix, report),
    progress: () => {
      entries++;
      progress(() => `${file}: ${entries} entries read`);
    },
  });
  if (!dryRun) {
    await using store = await openStore();
    const of = report.messages;
    const leftOut = await makePrivate(store, channels, report);
    await storeMessages(store, {
      spool,
      leftOut,
      source,
      server,
      report,
      progress: (done) => progress(() => `${file}: ${done} of ${of} messages stored`),
    });
  }
  return reportLines(report, { channels, dryRun });
}
