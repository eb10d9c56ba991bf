import { openBus } from '@parley/kit/bus/bus.ts';
import { partUsage } from '@parley/kit/commands/command-line.ts';
import { openApp } from '@parley/kit/http/app.ts';
import { healthRoutes } from '@parley/kit/http/health-routes.ts';
import { startHttpServer } from '@parley/kit/http/server/http-server.ts';
import { beginPart } from '@parley/kit/part.ts';
import { run } from '@parley/kit/run.ts';
import { openAuthenticator } from '@parley/kit/tokens/open-authenticator.ts';
import { openBroadcast } from './broadcast.ts';
import { nameInstance, willOf } from './instance.ts';
import { broadcastPartSettings } from './settings.ts';

const USAGE = partUsage('broadcast', 'Runs broadcast: it streams events to readers.');

await run(
  async () => {
    const { config, log, metrics, stack } = await beginPart(
      'broadcast',
      broadcastPartSettings,
      process.env,
    );
    const jwksUrl = config.jwksUrl || new URL('/.well-known/jwks.json', config.chatUrl).href;
    const token = () => config.chatToken || undefined;
    const instance = nameInstance();
    const will = willOf(instance);
    const bus = stack.use(openBus(config, { part: 'broadcast', log, metrics, will }));
    const http = stack.use(await startHttpServer(config, metrics));
    // Opened after the server and so closed before it: the server's stop waits for open streams to
    // end.
    const broadcast = stack.use(
      openBroadcast(config, {
        log,
        metrics,
        bus,
        instance,
        authenticator: openAuthenticator({ ...config, jwksUrl }),
        token,
        serviceToken: config.chatToken ? () => config.chatToken : undefined,
      }),
    );
    http.serveWebSockets('/broadcast', broadcast.webSockets);
    const routers = [healthRoutes({ checks: broadcast.checks, metrics, log }), broadcast.router];
    http.serve(openApp({ ...config, routers, log, metrics }));
    log.info({ url: http.url }, 'broadcast is ready');
    return { log, stop: stack };
  },
  { args: process.argv.slice(2), usage: USAGE },
);
