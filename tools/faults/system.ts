import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type DatabaseServer,
  startMariaDb,
  startPostgres,
} from '@parley/testkit/databases/databases.ts';
import { busOf } from '@parley/testkit/mqtt-brokers/mqtt-broker.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { brokerComponents, OTHER_BROKERS } from './components/broker-components.ts';
import type { Component } from './components/component.ts';
import { databaseComponent } from './components/database-component.ts';
import { startProgramComponent } from './components/program-component.ts';
import type { Findings } from './findings.ts';
import type { FaultOptions } from './options.ts';

const CHATS = [1, 2, 3];
const BROADCASTS = [1, 2];

/** The running system: its components and their addresses. Disposing stops it. */
export interface System extends AsyncDisposable {
  components: Component[];
  chatUrls: string[];
  broadcastUrls: string[];
  /** The links from the broadcasts to the broker. */
  broadcastBusLinks: LinkProxy[];
  /** Heals every link. */
  heal(): void;
}

/**
 * Starts three chats, two broadcasts, a broker and (unless the store is SQLite) a database. Each
 * link has a proxy.
 */
export async function startSystem(options: FaultOptions, findings: Findings): Promise<System> {
  await using building = new AsyncDisposableStack();
  const components: Component[] = [];
  const links: LinkProxy[] = [];
  const add = async (start: Promise<Component>) => {
    const component = await start;
    building.defer(() => component.end('kill'));
    components.push(component);
  };
  const openLink = async (targets: number[]) => {
    const link = building.use(await LinkProxy.open(targets));
    links.push(link);
    return link;
  };
  const { path: folder } = building.use(await temporaryFolder());
  const database = await startDatabase(options.store);
  if (database) building.use(database.server);
  const storeUrl = database ? await database.server.create('faults') : `sqlite:${folder}/parley.db`;
  const broker = options.broker === 'parley' ? undefined : await OTHER_BROKERS[options.broker]();
  if (broker) building.use(broker);
  const mqttPorts = broker?.ports ?? [await freePort()];
  const busAt = (port: number) =>
    broker ? busOf({ ...broker, ports: [port] }) : { MQTT_URL: `mqtt://127.0.0.1:${port}` };
  const chatPorts = await Promise.all(CHATS.map(freePort));
  const broadcastPorts = await Promise.all(BROADCASTS.map(freePort));
  const linksTo = (ports: number[], count: number[]) =>
    Promise.all(count.map(() => openLink(ports)));
  const chatBus = await linksTo(mqttPorts, CHATS);
  const chatStore = database ? await linksTo([database.server.port], CHATS) : [];
  const broadcastBus = await linksTo(mqttPorts, BROADCASTS);
  const broadcastChat = await linksTo(chatPorts, BROADCASTS);

  const busLinks = [...chatBus, ...broadcastBus];
  if (broker) components.push(...brokerComponents(broker, busLinks));
  else await add(startOwnBroker(mqttPorts[0], busLinks, findings));
  if (database) {
    const { server, inOrder } = database;
    components.push(databaseComponent(server, { links: chatStore, inOrder }));
  }
  for (const [i, port] of chatPorts.entries()) {
    const bus = linkAt(chatBus, i);
    const store = chatStore[i];
    const env = {
      ...busAt(bus.port),
      STORE_URL: store ? withPort(storeUrl, store.port) : storeUrl,
    };
    const own = store ? [bus, store] : [bus];
    const name = `chat-${i + 1}`;
    await add(
      startProgramComponent({ name, program: 'services/chat', port, env, links: own, findings }),
    );
  }
  for (const [i, port] of broadcastPorts.entries()) {
    const own = [linkAt(broadcastBus, i), linkAt(broadcastChat, i)];
    const env = {
      ...busAt(own[0]?.port ?? 0),
      CHAT_URL: `http://127.0.0.1:${own[1]?.port}`,
      ...breakage(options.broken),
    };
    const name = `broadcast-${i + 1}`;
    await add(
      startProgramComponent({
        name,
        program: 'services/broadcast',
        port,
        env,
        links: own,
        findings,
      }),
    );
  }
  const stack = building.move();
  return {
    components,
    chatUrls: chatPorts.map((port) => `http://127.0.0.1:${port}`),
    broadcastUrls: broadcastPorts.map((port) => `http://127.0.0.1:${port}`),
    broadcastBusLinks: broadcastBus,
    heal: () => links.forEach((link) => void link.heal()),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function startDatabase(
  store: FaultOptions['store'],
): Promise<{ server: DatabaseServer; inOrder: NodeJS.Signals } | undefined> {
  // After SIGTERM PostgreSQL waits for its clients ("smart shutdown"), so it gets SIGINT.
  if (store === 'postgres') return { server: await startPostgres(), inOrder: 'SIGINT' };
  if (store === 'mariadb') return { server: await startMariaDb(), inOrder: 'SIGTERM' };
  return undefined;
}

async function startOwnBroker(
  mqttPort: number | undefined,
  links: LinkProxy[],
  findings: Findings,
): Promise<Component> {
  const port = await freePort();
  const env = { MQTT_PORT: String(mqttPort) };
  return startProgramComponent({ name: 'broker', program: 'broker', port, env, links, findings });
}

function linkAt(links: LinkProxy[], i: number): LinkProxy {
  const link = links[i];
  if (!link) throw new Error(`there is no link ${i}`);
  return link;
}

function withPort(address: string, port: number): string {
  const url = new URL(address);
  url.port = String(port);
  return url.href;
}

/** Environment that loads a module before broadcast, which breaks it on purpose. */
function breakage(broken: FaultOptions['broken']): Record<string, string> {
  if (!broken) return {};
  const file = fileURLToPath(new URL(`broken-${broken}.mjs`, import.meta.url));
  return { NODE_OPTIONS: `--import ${pathToFileURL(file).href}` };
}
