import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { listen } from '@parley/kit/http/server/listen.ts';
import { joinSamples, labelSamples } from '@parley/kit/joined-metrics.ts';
import type { Samples } from '@parley/kit/metrics.ts';
import type { StandaloneConfig } from '../settings.ts';
import { type Standalone, type StandaloneParts, startStandalone } from '../standalone.ts';
import { Calls } from './calls.ts';
import { environmentFor } from './handed-over.ts';
import { openPassedSockets } from './pass-socket.ts';
import { Supervisor } from './supervisor.ts';

/**
 * Starts Parley in this process, which is the first, and then the others, up to PROCESSES: each has
 * chat, broadcast and the page, on the same port (docs/decisions/operations/0053-processes.md). Resolves when
 * all are ready.
 * @throws StartError with the reason why one cannot start
 */
export async function startProcesses(
  config: StandaloneConfig,
  { log, metrics, stack }: StandaloneParts,
): Promise<Pick<Standalone, 'url' | 'offerFirst'>> {
  const ownSecret = randomBytes(24).toString('base64url');
  const others = new Map<number, Calls>();
  const metricsText = async () => {
    const asked = [...others.values()].map((calls) => calls.call<Samples>('samples'));
    const answers = await Promise.allSettled([metrics.samples(), ...asked]);
    const answered = answers.filter((answer) => answer.status === 'fulfilled');
    return joinSamples(answered.map(({ value }) => value));
  };
  labelSamples(metrics, 1);
  const port = await findPort(config);
  const common = { ownSecret, metricsText };
  // Alone at first: it brings the store up to date, and finds what is wrong with the settings.
  const parts = { log: log.child({ process: 1 }), metrics, stack, common };
  const { url, broker, offerFirst } = await startStandalone({ ...config, port }, parts);
  const passed = broker && openPassedSockets(broker.webSockets, config.serverName);
  const supervisor = stack.use(
    new Supervisor({
      log,
      environment: (number) => environmentFor({ number, port, link: broker?.link, ownSecret }),
      onStart(child, number, ready) {
        const calls = new Calls(child, { metrics: metricsText });
        void ready.then((isReady) => isReady && others.set(number, calls));
        child.once('exit', () => others.delete(number));
        if (passed) child.on('message', passed);
      },
    }),
  );
  await supervisor.start(Array.from({ length: config.processes - 1 }, (_, i) => i + 2));
  return { url, offerFirst };
}

/**
 * The port, or a free one for 0. The processes share it, so none of them would notice that another
 * program already does.
 * @throws StartError when it is in use
 */
async function findPort({ host, port }: StandaloneConfig): Promise<number> {
  const server = createServer();
  await listen(server, { host, port, setting: 'PORT' });
  const found = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  return found;
}
