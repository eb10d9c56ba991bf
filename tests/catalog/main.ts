import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HELP, parseCommandLine } from '@parley/kit/commands/command-line.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { runOnce } from '@parley/kit/run.ts';
import { startMariaDb, startPostgres } from '@parley/testkit/databases/databases.ts';
import { startNats } from '@parley/testkit/processes/nats-server.ts';
import { judge } from './judge.ts';
import { runLoad } from './load.ts';

/**
 * `npm run test:catalog -- --store sqlite --messages 100000`: the long form of
 * exactly-once.long.test.ts. The catalog is killed every 5 s. Everything is redelivered every 25 s
 * and once more at the end, at least 130 s after the first message.
 */
const USAGE = `npm run test:catalog -- [options]
  --store NAME     sqlite (default), postgresql or mariadb
  --messages N     messages to publish (100000)
  --rate N         messages a second (1000)`;

await runOnce(async () => {
  const { values } = parseCommandLine({
    args: process.argv.slice(2),
    options: {
      store: { type: 'string', default: 'sqlite' },
      messages: { type: 'string', default: '100000' },
      rate: { type: 'string', default: '1000' },
      help: HELP,
    },
  });
  const print = (line: string) => process.stdout.write(`${line}\n`);
  if (values.help) {
    print(USAGE);
    return;
  }
  await using stack = new AsyncDisposableStack();
  const storeUrl = await openPlace(values.store, stack);
  const nats = stack.use(await startNats());
  const report = await runLoad({
    nats,
    storeUrl,
    print,
    messages: Number(values.messages),
    rate: Number(values.rate),
    killEveryMs: 5_000,
    repeatEveryMs: 25_000,
    lastRepeatMs: 130_000,
  });
  judge(report);
  const { published, kills, repeats, captured, records, rssMiB } = report;
  const figures = {
    published,
    captured,
    stored: records.length,
    kills,
    repeats,
    rssMiB: Math.round(rssMiB),
  };
  print(`${values.store}: each message once: ${JSON.stringify(figures)}`);
});

async function openPlace(store: string, stack: AsyncDisposableStack): Promise<string> {
  if (store === 'sqlite') {
    const path = join(tmpdir(), `parley-catalog-${process.pid}.db`);
    stack.defer(async () => {
      for (const end of ['', '-wal', '-shm']) await rm(path + end, { force: true });
    });
    return `sqlite:${path}`;
  }
  const start = { postgresql: startPostgres, mariadb: startMariaDb }[store];
  if (!start) throw new PlainError('--store takes sqlite, postgresql or mariadb');
  return stack.use(await start()).create('catalog');
}
