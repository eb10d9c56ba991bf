import { openBus } from '@parley/kit/bus/bus.ts';
import { partUsage } from '@parley/kit/commands/command-line.ts';
import { openApp } from '@parley/kit/http/app.ts';
import { healthRoutes } from '@parley/kit/http/health-routes.ts';
import { startHttpServer } from '@parley/kit/http/server/http-server.ts';
import { beginPart } from '@parley/kit/part.ts';
import { run } from '@parley/kit/run.ts';
import { openAuthenticator } from '@parley/kit/tokens/open-authenticator.ts';
import { receiveEndedSessions } from '@parley/kit/tokens/receive-ended-sessions.ts';
import { openHooks } from './hooks.ts';
import { hooksPartSettings } from './settings.ts';
import { openHookStore } from './store/open-store.ts';

const USAGE = partUsage('hooks', 'Runs the hooks: they post events to other servers.');

await run(
  async () => {
    const { config, log, metrics, stack } = await beginPart(
      'hooks',
      hooksPartSettings,
      process.env,
    );
    const jwksUrl = config.jwksUrl || new URL('/.well-known/jwks.json', config.chatUrl).href;
    const store = stack.use(await openHookStore(config, log));
    const bus = stack.use(openBus(config, { part: 'hooks', log, metrics }));
    const authenticator = openAuthenticator({ ...config, jwksUrl });
    receiveEndedSessions(bus, authenticator.ended, log);
    const token = () => config.chatToken;
    const hooks = stack.use(
      openHooks(config, {
        log,
        metrics,
        store,
        openBus: () => bus,
        authenticator,
        token,
        eager: true,
      }),
    );
    const http = stack.use(await startHttpServer(config, metrics));
    const routers = [healthRoutes({ checks: hooks.checks, metrics, log }), hooks.router];
    http.serve(openApp({ ...config, routers, log, metrics }));
    log.info({ url: http.url }, 'the hooks are ready');
    return { log, stop: stack };
  },
  { args: process.argv.slice(2), usage: USAGE },
);
