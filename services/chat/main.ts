import { openBus } from '@parley/kit/bus/bus.ts';
import { partUsage } from '@parley/kit/commands/command-line.ts';
import { openApp } from '@parley/kit/http/app.ts';
import { healthRoutes } from '@parley/kit/http/health-routes.ts';
import { startHttpServer } from '@parley/kit/http/server/http-server.ts';
import { beginPart } from '@parley/kit/part.ts';
import { run } from '@parley/kit/run.ts';
import { openChat } from './chat.ts';
import { chatPartSettings } from './settings.ts';
import { openStore } from './store/open-store.ts';
import { openChatTokens } from './tokens/chat-tokens.ts';

const USAGE = partUsage('chat', 'Runs chat: it stores messages and serves the log and the page.');

await run(
  async () => {
    const { config, log, metrics, stack } = await beginPart('chat', chatPartSettings, process.env);
    const store = stack.use(await openStore(config, log));
    const bus = stack.use(openBus(config, { part: 'chat', log, metrics }));
    const chat = stack.use(
      openChat(
        { ...config, link: config },
        { log, metrics, store, bus, ...openChatTokens(config) },
      ),
    );
    const http = stack.use(await startHttpServer(config, metrics));
    const routers = [healthRoutes({ checks: chat.checks, metrics, log }), chat.router];
    http.serve(openApp({ ...config, routers, hotRoutes: chat.hotRoutes, log, metrics }));
    log.info({ url: http.url }, 'chat is ready');
    void chat.offerFirst(http.url);
    return { log, stop: stack };
  },
  { args: process.argv.slice(2), usage: USAGE },
);
