import type { Bus } from '@parley/kit/bus/bus.ts';
import { openChatClient } from '@parley/kit/chat-client.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import type { Check } from '@parley/kit/http/health-routes.ts';
import { listOrigins } from '@parley/kit/http/origins.ts';
import type { UpgradeHandler } from '@parley/kit/http/server/http-server.ts';
import { openAddressOf, openForwardedFor } from '@parley/kit/limits/address-of.ts';
import type { StreamLimitConfig } from '@parley/kit/limits/limit-settings.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import { identify } from '@parley/kit/tokens/identify.ts';
import { receiveEndedSessions } from '@parley/kit/tokens/receive-ended-sessions.ts';
import { Router } from 'express';
import { Access } from './access/access.ts';
import { AccessWatch } from './access/access-watch.ts';
import { openPrivateChannelsOf } from './access/private-channels-of.ts';
import { Sides } from './access/sides.ts';
import { Canary } from './canary.ts';
import { HeadWatch } from './channel/head-watch.ts';
import { LiveChannels } from './channel/live-channels.ts';
import { Hub, type HubConfig } from './hub.ts';
import { MatchingChannels } from './many/matching-channels.ts';
import { openBroadcastMetrics } from './metrics.ts';
import { Presences } from './presence/presences.ts';
import { AccountStreams } from './reader/account-streams.ts';
import { Leases } from './reader/leases.ts';
import { receiveRenewals } from './reader/renewals.ts';
import { listStreams } from './routes/list-streams.ts';
import { streamMany } from './routes/many-route.ts';
import { openPostForClient } from './routes/post-for-client.ts';
import { getPresence } from './routes/presence-route.ts';
import { openIdentifyReader } from './routes/reader-identity.ts';
import { openStreamLimit } from './routes/stream-limit.ts';
import { streamEvents } from './routes/stream-route.ts';
import { upgradeRequired, webSocketStreams } from './routes/websocket-route.ts';

/**
 * The broadcast service: its routes and health checks. Disposing of it ends every stream in order.
 */
export interface Broadcast extends AsyncDisposable {
  router: Router;
  webSockets: UpgradeHandler;
  checks: Record<string, Check>;
}

interface BroadcastParts {
  log: Log;
  metrics: Metrics;
  bus: Bus;
  /**
   * This instance's name on the bus. Its streams are renewed under this name, and the other
   * instances drop its presence when it is gone.
   */
  instance: string;
  authenticator: Authenticator;
  /** Gives the token for reading the log; undefined where none is needed. */
  token: () => string | undefined;
  /** Gives the token for reading private channels; without it there are none here. */
  serviceToken: (() => string) | undefined;
  /**
   * Shared secret by which chat trusts broadcast to post on a reader's behalf (one process only).
   */
  ownSecret?: string;
}

/** Bytes of the backlogs of private channels together. */
const PRIVATE_BACKLOGS_BYTES = 16_777_216;
/** How long a reader may take to reload a page without counting as gone. */
const GRACE_MIN_MS = 5_000;
/** Time for a reader to reconnect, and for the other instances to receive its presence. */
const RETURN_MS = 3_000;

/** Opens broadcast on a bus; the caller closes the bus. */
export function openBroadcast(
  config: HubConfig &
    StreamLimitConfig & {
      chatUrl: string;
      canarySeconds: number;
      corsOrigins: string;
      trustedProxies: string;
    },
  { log, metrics, bus, instance, authenticator, token, serviceToken, ownSecret }: BroadcastParts,
): Broadcast {
  const counted = openBroadcastMetrics(metrics);
  const chat = openChatClient(config.chatUrl, { token, ownSecret, asOutsider: true });
  const serviceChat = serviceToken && openChatClient(config.chatUrl, { token: serviceToken });
  const presences = new Presences({ log, bus, instance, graceMs: graceMs(config) });
  const leases = new Leases(instance, authenticator.ended);
  const { backlogBytes } = config;
  const common = { log, bus, metrics: counted, backlogBytes };
  const open = new LiveChannels({ ...common, events: chat });
  const channels = new Sides({
    public: open,
    private: new LiveChannels({
      ...common,
      events: serviceChat ?? chat,
      side: 'private',
      backlogsBytes: PRIVATE_BACKLOGS_BYTES,
    }),
  });
  presences.onChange((change, side) =>
    channels.of(side).find(change.channel)?.readers.presence(change),
  );
  const matching = new MatchingChannels({ bus, chat, log });
  const { nameNow } = serviceChat ?? chat;
  const access = new Access({ bus, chat: serviceChat, nameNow, log });
  const accountStreams = new AccountStreams({ bus, log, metrics: counted });
  const parts = { log, channels, access, leases, presences, matching, accountStreams };
  const hub = new Hub(config, { ...parts, metrics: counted });
  receiveRenewals(bus, { leases, authenticator, log, metrics: counted });
  receiveEndedSessions(bus, authenticator.ended, log);
  const watch = new HeadWatch({
    events: chat,
    channels: () => open.all,
    vanished: async (channel) => {
      const to = await nameNow(channel.name).catch(() => undefined);
      if (to !== undefined) return access.renamed(channel.name, to);
      void channel.verify();
      await access.suspect(channel.name);
    },
    busConnected: () => bus.connected,
    log,
    metrics: counted,
  });
  const accessWatch =
    serviceChat &&
    new AccessWatch({
      chat: serviceChat,
      access,
      channels: () => channels.of('private').all,
      busConnected: () => bus.connected,
      log,
    });
  bus.onLink(() => watch.compareNow());

  const canary =
    config.canarySeconds > 0
      ? new Canary(config, { channels: open, chat, token, log, metrics: counted })
      : undefined;

  const identifyReader = openIdentifyReader(authenticator, chat);
  const addressOf = openAddressOf(config.trustedProxies);
  const admit = openStreamLimit(config, { addressOf, metrics });
  const privateChannelsOf = openPrivateChannelsOf(chat, serviceChat !== undefined);
  const router = Router();
  const getOnly = methodsAllowed('GET');
  router
    .route('/broadcast')
    .head(getOnly)
    .get(streamMany(hub, { identify: identifyReader, admit, matching, access, privateChannelsOf }))
    .all(getOnly);
  router
    .route('/broadcast/metrics')
    .get(
      identify(authenticator),
      listStreams({ serverName: config.serverName, hub, channels: open, presences }),
    )
    .all(methodsAllowed('GET', 'HEAD'));
  router
    .route('/broadcast/:channel')
    .head(getOnly)
    .get(streamEvents(hub, { identify: identifyReader, admit, access }))
    .all(getOnly);
  router
    .route('/broadcast/:channel/presence')
    .get(identify(authenticator), getPresence(presences, access))
    .all(methodsAllowed('GET', 'HEAD'));
  router.route('/broadcast/:channel/ws').head(getOnly).get(upgradeRequired).all(getOnly);
  return {
    router,
    webSockets: webSocketStreams(hub, {
      log,
      metrics,
      postForClient: openPostForClient(chat, openForwardedFor(ownSecret)),
      identify: identifyReader,
      addressOf,
      admit,
      access,
      serverName: config.serverName,
      origins: listOrigins(config.corsOrigins),
    }),
    checks: {
      log: () => chat.heads([]),
      'broadcast-bus': () => bus.echo(),
      ...(canary && { canary: () => canary.check() }),
    },
    async [Symbol.asyncDispose]() {
      canary?.[Symbol.dispose]();
      watch[Symbol.dispose]();
      accessWatch?.[Symbol.dispose]();
      presences[Symbol.dispose]();
      matching[Symbol.dispose]();
      hub.stop();
    },
  };
}

/**
 * Readers of a stopping server reconnect spread over the drain time; until then they are not gone.
 */
function graceMs({ drainSeconds }: HubConfig): number {
  return Math.max(GRACE_MIN_MS, drainSeconds * 1000 + RETURN_MS);
}
