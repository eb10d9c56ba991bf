import type { NatsConnection } from '@nats-io/transport-node';
import { type LogConfig, logSettings, openLog } from '@parley/kit/log/log.ts';
import { pause } from '@parley/kit/repeat.ts';
import { runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings/settings.ts';
import { NatsLink } from '../nats/link.ts';
import { type NatsConfig, natsLinkSettings } from '../settings.ts';
import { openDemoMessages } from './demo-messages.ts';
import { type DemoOptions, parseDemoOptions, USAGE } from './options.ts';

const EXECUTIONS_PER_SECOND = 5;
const TICK_MS = 10;

type DemoConfig = LogConfig & NatsConfig;

/** `npm run feeds`: publishes both demo feeds at their rates, as core NATS messages. */
await runOnce(async () => {
  const options = parseDemoOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const config = loadSettings<DemoConfig>({ ...natsLinkSettings, ...logSettings }, process.env);
  const log = await openLog(config, 'feeds');
  await using link = new NatsLink(config, { log, name: 'parley-demo-feeds' });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const sent = await publishAll(await link.opened, options, stop.signal);
  log.info(sent, 'the demo feeds have ended');
});

async function publishAll(
  connection: NatsConnection,
  { rate, seed, count }: DemoOptions,
  signal: AbortSignal,
): Promise<{ sportEvents: number; executions: number }> {
  const messages = openDemoMessages(seed);
  const startedAt = performance.now();
  const sent = { sportEvents: 0, executions: 0 };
  const isDone = () => signal.aborted || (count > 0 && sent.sportEvents >= count);
  while (!isDone()) {
    const seconds = (performance.now() - startedAt) / 1000;
    for (; sent.sportEvents < seconds * rate && !isDone(); sent.sportEvents++) {
      connection.publish('sport_event', messages.sportEvent());
    }
    for (; sent.executions < seconds * EXECUTIONS_PER_SECOND; sent.executions++) {
      connection.publish('execution', messages.execution());
    }
    await pause(TICK_MS, signal);
  }
  await connection.flush();
  return sent;
}
