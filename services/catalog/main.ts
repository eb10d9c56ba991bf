import { partUsage } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import { openApp } from '@parley/kit/http/app.ts';
import { healthRoutes } from '@parley/kit/http/health-routes.ts';
import { startHttpServer } from '@parley/kit/http/server/http-server.ts';
import { beginPart } from '@parley/kit/part.ts';
import { run, runOnce } from '@parley/kit/run.ts';
import { openAuthenticator } from '@parley/kit/tokens/open-authenticator.ts';
import { openCatalog } from './catalog.ts';
import { readFeeds } from './feeds/read-feeds.ts';
import { replay } from './replay/replay.ts';
import { catalogPartSettings } from './settings.ts';
import { openStore } from './store/open-store.ts';

const USAGE = [
  partUsage('catalog', 'Runs the catalog: it stores the feeds that FEEDS_FILE lists.'),
  `${howToRun('catalog', 'replay --help')} explains how to print the stored records.`,
].join('\n');

const [task, ...args] = process.argv.slice(2);
if (task === 'replay') await runOnce(() => replay(args, process.env, process.stdout));
else await run(startCatalog, { args: process.argv.slice(2), usage: USAGE });

async function startCatalog() {
  const { config, log, metrics, stack } = await beginPart(
    'catalog',
    catalogPartSettings,
    process.env,
  );
  const feeds = readFeeds(config.feedsFile);
  const { chatUrl } = config;
  const keys = chatUrl === '' ? '' : new URL('/.well-known/jwks.json', chatUrl).href;
  const authenticator = openAuthenticator({ ...config, jwksUrl: config.jwksUrl || keys });
  const store = stack.use(await openStore(config, log));
  const catalog = stack.use(openCatalog(config, { feeds, log, metrics, store, authenticator }));
  const http = stack.use(await startHttpServer(config));
  const routers = [healthRoutes({ checks: catalog.checks, metrics, log }), catalog.router];
  http.serve(openApp({ ...config, routers, log, metrics }));
  log.info({ url: http.url }, 'the catalog is ready');
  return { log, stop: stack };
}
