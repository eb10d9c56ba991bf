import { fileURLToPath } from 'node:url';
import { ChatError } from '@parley/contract/problem.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { BusConfig } from '@parley/kit/bus/bus-settings.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import type { Check } from '@parley/kit/http/health-routes.ts';
import type { HotRoute } from '@parley/kit/http/hot-route.ts';
import { listOrigins } from '@parley/kit/http/origins.ts';
import { openAddressOf } from '@parley/kit/limits/address-of.ts';
import type { PostLimitConfig, SignalLimitConfig } from '@parley/kit/limits/limit-settings.ts';
import { openRefusals } from '@parley/kit/limits/refusals.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { identify, openIdentity } from '@parley/kit/tokens/identify.ts';
import type { ProviderConfig } from '@parley/kit/tokens/provider-settings.ts';
import { receiveEndedSessions } from '@parley/kit/tokens/receive-ended-sessions.ts';
import { Router } from 'express';
import { PrivateChannels } from './access/private-channels.ts';
import { Removal } from './access/removal.ts';
import { Renaming } from './access/renaming.ts';
import { startRemovingEntries } from './accounts/old-entries.ts';
import { openAccounts } from './accounts/open-accounts.ts';
import type { AccountConfig } from './accounts/settings.ts';
import { measureBackups } from './backup-time.ts';
import { BatchWriter } from './batches/batch-writer.ts';
import { openInbox } from './inbox/open-inbox.ts';
import { Committer } from './log/committer.ts';
import { Indexer } from './log/indexer.ts';
import { Publisher } from './log/publisher.ts';
import { RecentChannels } from './log/recent-channels.ts';
import { Retention, type RetentionConfig } from './log/retention.ts';
import { Signals } from './log/signals.ts';
import type { MailConfig } from './mail/settings.ts';
import { openChatMetrics } from './metrics.ts';
import { openPosterOf, openPostLimit, openSignalLimit } from './post-limit.ts';
import { ReadPositions } from './read-positions/read-positions.ts';
import { explainRenamed } from './routes/channels/rename-channel.ts';
import { apiDocuments } from './routes/documents/api-documents.ts';
import { clientPage } from './routes/documents/client-page.ts';
import { showKeys } from './routes/documents/show-keys.ts';
import { logPaths } from './routes/log-paths.ts';
import { addLogRoutes } from './routes/log-routes.ts';
import { accountRoutes } from './routes/people/account-routes.ts';
import { getAudit, postAudit } from './routes/people/get-audit.ts';
import { ticketRoutes } from './routes/people/ticket-routes.ts';
import { postMessage } from './routes/post-message.ts';
import { addSearchRoutes } from './routes/search-routes.ts';
import type { ChatConfig } from './settings.ts';
import type { OpenedStore } from './store/opened-store.ts';
import { Tickets } from './tickets/tickets.ts';
import type { ChatTokens } from './tokens/chat-tokens.ts';

/** As Express takes `/chat/:channel` and its alias. */
const POST_PATH = /^\/(?:api\/)?chat\/([^/]+)\/?$/;

/** Folder of the built page. */
const CLIENT_DIR = fileURLToPath(new URL('../../client-demo/dist', import.meta.url));

/** The chat service: its routes and its checks. Disposing of it waits for the posts under way. */
export interface Chat extends AsyncDisposable {
  router: Router;
  /** The route of posts, which most requests take. */
  hotRoutes: HotRoute[];
  /** Where accounts are possible and there is none: logs a link that makes the first administrator. */
  offerFirst(url: string): Promise<void>;
  checks: Record<'store' | 'ingest' | 'chat-bus', Check>;
}

/** Builds chat on a store and a bus, which the caller closes. */
export function openChat(
  config: Pick<
    ChatConfig,
    'timezone' | 'inbox' | 'backupDir' | keyof (PostLimitConfig & SignalLimitConfig)
  > &
    RetentionConfig &
    AccountConfig &
    MailConfig &
    ProviderConfig & {
      serverName: string;
      corsOrigins: string;
      trustedProxies: string;
      link: BusConfig;
    },
  {
    log,
    metrics,
    store,
    bus,
    authenticator,
    publicKeys,
    signingKey: key,
    ownSecret,
    clock = Date.now,
  }: {
    log: Log;
    metrics: Metrics;
    store: OpenedStore;
    bus: Bus;
    /** Shared secret by which chat trusts broadcast to post for a reader (one process only). */
    ownSecret?: string;
    clock?: () => number;
  } & ChatTokens,
): Chat {
  const counted = openChatMetrics(metrics);
  measureBackups(config.backupDir, metrics);
  const recent = new RecentChannels(store);
  const channelMade = () => recent.channelMade();
  const publisher = new Publisher(bus, { log, metrics: counted, channelMade });
  const committer = new Committer({ store, publisher, log, metrics: counted });
  const retention = new Retention(config, { store, log, metrics: counted, clock });
  const oldEntries = startRemovingEntries(config, {
    audit: store.audit,
    links: store.links,
    log,
    clock,
  });
  const indexer = new Indexer(store.search, log);
  const addressOf = openAddressOf(config.trustedProxies, ownSecret);
  const accounts = openAccounts(config, {
    store: store.accounts,
    linkStore: store.links,
    tickets: store.tickets,
    tokenKey: key,
    authenticator,
    bus,
    log,
    metrics,
    addressOf,
    clock,
  });
  const { serverName, timezone, corsOrigins } = config;

  receiveEndedSessions(bus, authenticator.ended, log);
  const tickets =
    key && new Tickets({ store: store.tickets, key, ended: authenticator.ended, clock, log });
  const refuse = openRefusals(metrics);
  const limit = openPostLimit(config, refuse);
  const signalLimit = openSignalLimit(config, refuse);
  const signals = new Signals({ store, bus, clock, limit: signalLimit });
  const posterOf = openPosterOf(addressOf);
  const renaming = new Renaming(store, bus, clock);
  const inbox = openInbox(config, {
    store,
    committer,
    signals,
    explain: (...failure) => renaming.explain(...failure),
    authenticator,
    bus,
    log,
    metrics: counted,
    clock,
    limit,
  });

  const batches = new BatchWriter({ committer, serverName, clock, metrics: counted });
  const writing = {
    committer,
    signals,
    batches,
    serverName,
    clock,
    metrics: counted,
    limit,
    posterOf,
    privateChannels: new PrivateChannels(store, bus, clock),
    removal: new Removal(store.removal, bus, clock),
    renaming,
  };
  const router = Router();
  const origins = listOrigins(corsOrigins);
  router.use([...logPaths(''), '/audit', '/direct', '/search'], identify(authenticator, origins));
  const identityOf = openIdentity(authenticator, origins);
  const post = postMessage({ ...writing, identityOf });
  const readPositions = new ReadPositions(store.readPositions, bus);
  addLogRoutes(router, { store, recent, timezone, writing, post, readPositions, bus });
  const search = { search: store.search, indexer, metrics: counted, limit, posterOf, renaming };
  addSearchRoutes(router, search);
  router.use(logPaths('/:channel'), explainRenamed(renaming));
  router.use(accountRoutes(accounts.parts));
  router
    .route('/audit')
    .get(getAudit(store.audit))
    .post(postAudit(store.audit, clock))
    .all(methodsAllowed('GET', 'HEAD', 'POST'));
  router.use(
    ticketRoutes(tickets, { authenticator, origins, metrics: counted, limit, posterOf, ownSecret }),
  );
  const readOnly = methodsAllowed('GET', 'HEAD');
  router.route('/.well-known/jwks.json').get(showKeys(publicKeys)).all(readOnly);
  router.route(['/catalog', '/catalog/:feed']).get(noCatalog).all(readOnly);
  router.use('/hooks', noHooks);
  router.use(apiDocuments());
  router.use(clientPage(CLIENT_DIR));
  return {
    router,
    hotRoutes: [{ method: 'POST', path: POST_PATH, pattern: '/chat/:channel', answer: post }],
    async offerFirst(url) {
      try {
        const link = await accounts.parts?.links.first();
        if (!link) return;
        log.info(
          { link: `${accounts.parts?.origin || url}/${link.fragment}` },
          'there is no account: this link makes the first administrator, once, within a day',
        );
      } catch (err) {
        log.warn({ err }, 'no link for the first administrator: the next start makes one');
      }
    },
    checks: {
      store: () => store.check(),
      ingest: () => committer.check(),
      'chat-bus': () => bus.echo(),
    },
    async [Symbol.asyncDispose]() {
      await inbox?.[Symbol.asyncDispose]();
      await retention[Symbol.asyncDispose]();
      await indexer[Symbol.asyncDispose]();
      await oldEntries[Symbol.asyncDispose]();
      await accounts[Symbol.asyncDispose]();
      await batches.turns.idle();
      await readPositions.idle();
      await committer.idle();
    },
  };
}

/** The catalog is a separate service, to which a front door sends these paths. */
function noCatalog(): never {
  throw new ChatError('not-found', `There is no catalog here; ${howToRun('catalog')} starts one.`);
}

/** The hooks are a separate service, to which a front door sends these paths. */
function noHooks(): never {
  throw new ChatError('not-found', `There are no hooks here; ${howToRun('hooks')} starts them.`);
}
