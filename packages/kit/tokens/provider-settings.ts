import { isChannelPattern } from '@parley/contract/channels/channel-pattern.ts';
import { type Setting, SettingsError } from '../settings/settings.ts';

export interface ProviderConfig {
  oidcIssuer: string;
  oidcJwksUrl: string;
  oidcAudience: string;
  oidcClaims: string;
  oidcPublish: string;
  oidcSubscribe: string;
}

function text(doc: string, env: string, fallback = ''): Setting<string> {
  return { doc, format: 'text', default: fallback, env };
}

/** Settings of the OpenID provider whose tokens are accepted beside our own. */
export const providerSettings: { [K in keyof ProviderConfig]: Setting<string> } = {
  oidcIssuer: {
    doc: 'OpenID provider whose tokens are accepted too, exactly as its tokens name it (iss); empty: none.',
    format: 'http address',
    default: '',
    env: 'OIDC_ISSUER',
  },
  oidcJwksUrl: {
    doc: "URL of that provider's keys: jwks_uri in its /.well-known/openid-configuration.",
    format: 'http address',
    default: '',
    env: 'OIDC_JWKS_URL',
  },
  oidcAudience: text('Audience (aud) of its tokens for Parley.', 'OIDC_AUDIENCE'),
  oidcClaims: text(
    'Claims of its tokens that hold our claims; a dot leads into an object.',
    'OIDC_CLAIMS',
    'name=preferred_username,publish=parley.publish,subscribe=parley.subscribe,role=parley.role',
  ),
  oidcPublish: text(
    'Channels where its tokens without a publish claim may post: patterns with commas between.',
    'OIDC_PUBLISH',
  ),
  oidcSubscribe: text(
    'Channels that its tokens without a subscribe claim may read.',
    'OIDC_SUBSCRIBE',
  ),
};

/** An OpenID provider, and how its tokens are read. */
export interface Provider {
  issuer: string;
  jwksUrl: string;
  audience: string;
  /** For each of our claims, its name or path in the provider's tokens. */
  claims: ReadonlyMap<string, string>;
  publish: string[];
  subscribe: string[];
}

const CLAIMS = ['name', 'publish', 'subscribe', 'role'];

/**
 * Reads the provider's settings; undefined when none of its tokens are accepted: without a provider,
 * or where people only sign in by it.
 * @throws SettingsError that names what is missing or wrong
 */
export function readProvider(
  config: ProviderConfig & { oidcClientId?: string },
): Provider | undefined {
  const { oidcIssuer: issuer, oidcJwksUrl: jwksUrl, oidcAudience: audience } = config;
  if (issuer === '') return undefined;
  if (jwksUrl === '' && audience === '' && config.oidcClientId) return undefined;
  if (jwksUrl === '' || audience === '') {
    throw new SettingsError('OIDC_ISSUER: needs OIDC_JWKS_URL and OIDC_AUDIENCE');
  }
  return {
    issuer,
    jwksUrl,
    audience,
    claims: readMapping(config.oidcClaims),
    publish: listOf('OIDC_PUBLISH', config.oidcPublish),
    subscribe: listOf('OIDC_SUBSCRIBE', config.oidcSubscribe),
  };
}

/** Reads OIDC_CLAIMS: for each of our claims, its name or path. @throws SettingsError */
export function readMapping(setting: string): Map<string, string> {
  const pairs = split(setting).map((pair): [string, string] => {
    const [ours = '', theirs = '', ...rest] = pair.split('=');
    if (CLAIMS.includes(ours) && theirs !== '' && rest.length === 0) return [ours, theirs];
    throw new SettingsError(`OIDC_CLAIMS: ${pair} is not of the form name=preferred_username`);
  });
  return new Map(pairs);
}

function listOf(name: string, setting: string): string[] {
  const patterns = split(setting);
  const wrong = patterns.find((pattern) => !isChannelPattern(pattern));
  if (wrong === undefined) return patterns;
  throw new SettingsError(`${name}: ${wrong} is not a channel pattern`);
}

function split(setting: string): string[] {
  return setting
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
