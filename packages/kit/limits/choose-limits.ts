import { parseBusAddresses } from '../bus/addresses.ts';
import {
  CHOSEN,
  connectionsPerAddress,
  PUBLIC_LIMITS,
  postLimitSettings,
  streamLimitSettings,
} from './limit-settings.ts';

/** The settings that decide which machines can reach a process. */
interface Reach {
  host: string;
  trustedProxies: string;
  /** Where the process listens for devices, and the broker that it uses, if any. */
  mqttHost?: string;
  mqttUrl?: string;
}

const LOOPBACK = /^(?:127(?:\.\d+){3}|::1|localhost)$/;
const LIMITS = { ...postLimitSettings, ...streamLimitSettings, connectionsPerAddress };

/**
 * Gives each limit that is not set its default: the usual limit, or none where only this machine
 * can connect.
 */
export function chooseLimits<C extends Reach>(config: C): C {
  const isOpen = !isLoopbackOnly(config);
  const chosen = Object.entries(LIMITS)
    .filter(([key]) => config[key as keyof C] === CHOSEN)
    .map(([key, { env }]) => [key, isOpen ? PUBLIC_LIMITS.get(env) : 0]);
  return { ...config, ...Object.fromEntries(chosen) };
}

/** A proxy on this machine may let anyone in, and so may a broker on another machine. */
function isLoopbackOnly({ host, trustedProxies, mqttHost, mqttUrl }: Reach): boolean {
  const brokers = mqttUrl ? parseBusAddresses(mqttUrl).nodes.map((node) => node.host) : [];
  const hosts = [host, ...(mqttHost === undefined ? [] : [mqttHost]), ...brokers];
  return trustedProxies === '' && hosts.every((one) => LOOPBACK.test(one));
}
