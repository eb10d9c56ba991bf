import { parseBusAddresses } from '../bus-addresses.ts';
import {
  CHOSEN,
  connectionsPerAddress,
  PUBLIC_LIMITS,
  postLimitSettings,
  streamLimitSettings,
} from './limit-settings.ts';

/** Where a process can be reached. */
interface Reach {
  host: string;
  trustedProxies: string;
  /** Where it listens for devices, and which broker it asks, if it does. */
  mqttHost?: string;
  mqttUrl?: string;
}

const LOOPBACK = /^(?:127(?:\.\d+){3}|::1|localhost)$/;
const LIMITS = { ...postLimitSettings, ...streamLimitSettings, connectionsPerAddress };

/** Gives each limit that was not set its value: the usual one, or none where only this machine gets in. */
export function chooseLimits<C extends Reach>(config: C): C {
  const isOpen = !isLoopbackOnly(config);
  const chosen = Object.entries(LIMITS)
    .filter(([key]) => config[key as keyof C] === CHOSEN)
    .map(([key, { env }]) => [key, isOpen ? PUBLIC_LIMITS.get(env) : 0]);
  return { ...config, ...Object.fromEntries(chosen) };
}

/** A proxy on this machine may let in anyone, and so may a broker elsewhere. */
function isLoopbackOnly({ host, trustedProxies, mqttHost, mqttUrl }: Reach): boolean {
  const brokers = mqttUrl ? parseBusAddresses(mqttUrl).nodes.map((node) => node.host) : [];
  const hosts = [host, ...(mqttHost === undefined ? [] : [mqttHost]), ...brokers];
  return trustedProxies === '' && hosts.every((one) => LOOPBACK.test(one));
}
