import { partUsage } from '@parley/kit/commands/command-line.ts';
import { openApp } from '@parley/kit/http/app.ts';
import { healthRoutes } from '@parley/kit/http/health-routes.ts';
import { startHttpServer } from '@parley/kit/http/server/http-server.ts';
import { beginPart } from '@parley/kit/part.ts';
import { run } from '@parley/kit/run.ts';
import { openAuthenticator } from '@parley/kit/tokens/open-authenticator.ts';
import { startBroker } from './broker.ts';
import { MQTT_PATH } from './listeners/web-sockets.ts';
import { brokerPartSettings } from './settings.ts';

const USAGE = partUsage('broker', 'Runs the MQTT broker.');

await run(
  async () => {
    const { config, log, metrics, stack } = await beginPart(
      'broker',
      brokerPartSettings,
      process.env,
    );
    const broker = stack.use(
      await startBroker(config, { log, metrics, authenticator: openAuthenticator(config) }),
    );
    const http = stack.use(await startHttpServer(config, metrics));
    stack.defer(broker.endWebSockets);
    const routers = [healthRoutes({ checks: broker.checks, metrics, log })];
    http.serveWebSockets(MQTT_PATH, broker.webSockets);
    http.serve(openApp({ ...config, routers, log, metrics }));
    log.info({ mqtt: broker.url, mqtts: broker.tlsUrl, url: http.url }, 'broker is ready');
    return { log, stop: stack };
  },
  { args: process.argv.slice(2), usage: USAGE },
);
