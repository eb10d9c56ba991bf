import { startMosquitto } from '@parley/testkit/mqtt-brokers/mosquitto.ts';
import type { MqttBroker } from '@parley/testkit/mqtt-brokers/mqtt-broker.ts';
import { startNatsCluster } from '@parley/testkit/mqtt-brokers/nats.ts';
import { startRabbitMq } from '@parley/testkit/mqtt-brokers/rabbitmq.ts';
import type { LinkProxy } from '@parley/testkit/processes/link-proxy.ts';
import type { ServerProcess } from '@parley/testkit/processes/server-process.ts';
import { type Component, untilStarted } from './component.ts';

/** Starters of the brokers other than Parley's own. */
export const OTHER_BROKERS = {
  mosquitto: () => startMosquitto([]),
  nats: startNatsCluster,
  rabbitmq: startRabbitMq,
} as const;

/**
 * The nodes of a running broker, each as a component. `links` are the services' links to the
 * broker. A single node owns them, so that its faults can break them; in a cluster only the
 * services do.
 */
export function brokerComponents({ nodes }: MqttBroker, links: LinkProxy[]): Component[] {
  if (nodes.length > 1) return nodes.map((node, i) => nodeComponent(node, `broker-${i + 1}`, []));
  return nodes.map((node) => nodeComponent(node, 'broker', links));
}

function nodeComponent(node: ServerProcess, name: string, links: LinkProxy[]): Component {
  return {
    name,
    links,
    pids: () => (node.running ? [node.pid] : []),
    end: (how) => node.end(how === 'kill' ? 'SIGKILL' : 'SIGTERM'),
    begin: () => untilStarted(() => node.begin()),
  };
}
