import { labelSamples } from '@parley/kit/joined-metrics.ts';
import { beginPart } from '@parley/kit/part.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { type Running, run } from '@parley/kit/run.ts';
import { standaloneSettings } from '../settings.ts';
import { startStandalone } from '../standalone.ts';
import { Calls } from './calls.ts';
import { takeHandedOver } from './handed-over.ts';
import { passToFirstProcess } from './pass-socket.ts';
import type { StartReport } from './supervisor.ts';

/** One of PROCESSES with chat, broadcast and the page. The first process starts it. */
async function start(): Promise<Running> {
  const { number, port, link, ownSecret } = takeHandedOver(process.env);
  const begun = await beginPart('parley', standaloneSettings, process.env);
  const { config, metrics, stack } = begun;
  const log = begun.log.child({ process: number });
  labelSamples(metrics, number);
  const samples = () => metrics.samples();
  const first = new Calls(process, { samples });
  const common = {
    ownSecret,
    mqttWebSockets: link && passToFirstProcess,
    metricsText: () => first.call<string>('metrics'),
  };
  await startStandalone({ ...config, port, ...link }, { log, metrics, stack, common });
  await report({ ready: true });
  return { log, stop: stack };
}

/** Tells the first process how the start went. */
function report(outcome: StartReport): Promise<void> {
  return new Promise((resolve) => process.send?.(outcome, undefined, {}, () => resolve()));
}

// Without the first process there is no broker, and a new start needs the port.
process.once('disconnect', () => process.exit(1));

await run(
  async () => {
    try {
      return await start();
    } catch (error) {
      // The first process says it, once.
      const { message, stack = message } = error as Error;
      await report({ fault: error instanceof PlainError ? message : stack });
      process.exit(1);
    }
  },
  { args: [], usage: '' },
);
