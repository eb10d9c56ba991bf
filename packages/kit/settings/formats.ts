import { isIP } from 'node:net';
import { isChannelPattern } from '@parley/contract/channels/channel-pattern.ts';
import convict from 'convict';
import { parseBusAddresses } from '../bus/addresses.ts';
import { parseNatsAddresses } from '../bus/nats-addresses.ts';
import { hostName, listHosts } from '../http/hosts.ts';
import { listOrigins } from '../http/origins.ts';

/**
 * Adds the formats of our settings to convict; the error of each format describes a valid value.
 */
export function addFormats(): void {
  convict.addFormats({
    'port number': integerFormat(0, 65_535),
    'whole number': integerFormat(0, Number.MAX_SAFE_INTEGER),
    limit: integerFormat(-1, Number.MAX_SAFE_INTEGER),
    'positive number': integerFormat(1, Number.MAX_SAFE_INTEGER),
    'number of seconds': integerFormat(1, 3_600),
    text: {
      validate(value: unknown) {
        if (typeof value !== 'string') throw new Error('must be text');
      },
    },
    'required text': {
      validate(value: unknown) {
        if (typeof value !== 'string' || value === '') throw new Error('must not be empty');
      },
    },
    'server name': {
      validate(value: unknown) {
        if (!/^[\x21-\x7e]{0,128}$/.test(String(value)))
          throw new Error('must be visible ASCII without spaces');
      },
    },
    'http address': {
      validate(value: unknown) {
        urlFormat(['http:', 'https:']).validate(value);
        if (value === '') return;
        const { username, password } = new URL(String(value));
        if (username || password) throw new Error('must hold no user and no password');
      },
    },
    'https address': urlFormat(['https:']),
    'mqtt addresses': {
      validate(value: unknown) {
        if (value !== '') parseBusAddresses(String(value));
      },
    },
    'nats addresses': {
      validate(value: unknown) {
        parseNatsAddresses(String(value));
      },
    },
    'stream name': {
      validate(value: unknown) {
        if (!/^[\w-]{1,64}$/.test(String(value)))
          throw new Error('must be letters, digits, "_" and "-"');
      },
    },
    'store address': urlFormat(['sqlite:', 'postgres:', 'postgresql:', 'mysql:']),
    'list of proxies': {
      validate(value: unknown) {
        const parts = String(value)
          .split(',')
          .map((part) => part.trim());
        if (value !== '' && !parts.every(isProxy))
          throw new Error('must be addresses or networks with commas between');
      },
    },
    origins: {
      validate(value: unknown) {
        for (const origin of listOrigins(String(value))) {
          if (origin !== '*' && (!URL.canParse(origin) || new URL(origin).origin !== origin)) {
            throw new Error('must be origins such as https://a.example, with commas between, or *');
          }
        }
      },
    },
    'host names': {
      validate(value: unknown) {
        for (const name of listHosts(String(value))) {
          if (name !== '*' && hostName(name) === undefined)
            throw new Error('must be host names such as my.host, with commas between, or *');
        }
      },
    },
    'channel patterns': {
      validate(value: unknown) {
        const patterns = String(value).split(',');
        if (value !== '' && !patterns.every((pattern) => isChannelPattern(pattern.trim())))
          throw new Error('must be channel patterns such as team.*, with commas between');
      },
    },
    'time zone': {
      validate(value: unknown) {
        try {
          new Intl.DateTimeFormat('en', { timeZone: String(value) });
        } catch {
          throw new Error('must be an IANA time zone such as UTC or Europe/Berlin');
        }
      },
    },
  });
}

/** True for an address, a network, or one of Express's names for some networks. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits = '0', ...rest] = text.split('/');
  const family = isIP(address);
  return (
    family > 0 &&
    rest.length === 0 &&
    /^\d+$/.test(bits) &&
    Number(bits) <= (family === 4 ? 32 : 128)
  );
}

/** Convict's own number formats read "80abc" as 80; this format refuses it. */
function integerFormat(min: number, max: number) {
  return {
    validate(value: unknown) {
      if (!Number.isSafeInteger(value) || Number(value) < min || Number(value) > max) {
        throw new Error(`must be a whole number from ${min}${max < 1e9 ? ` to ${max}` : ''}`);
      }
    },
    coerce: (value: unknown) =>
      typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value,
  };
}

function urlFormat(protocols: string[]) {
  return {
    validate(value: unknown) {
      const ok =
        value === '' ||
        (URL.canParse(String(value)) && protocols.includes(new URL(String(value)).protocol));
      if (!ok) throw new Error(`must be an address that starts with ${protocols.join(' or ')}`);
    },
  };
}
