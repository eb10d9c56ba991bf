import { isChannelPattern } from '@parley/contract/channel-pattern.ts';
import { type Setting, SettingsError } from '../settings.ts';

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

/** Whose tokens are taken beside our own. */
export const providerSettings: { [K in keyof ProviderConfig]: Setting<string> } = {
  oidcIssuer: {
    doc: 'OpenID provider whose tokens are taken too, as its tokens name it (iss); empty: none.',
    format: 'http address',
    default: '',
    env: 'OIDC_ISSUER',
  },
  oidcJwksUrl: {
    doc: 'Where that provider shows its keys: jwks_uri in its /.well-known/openid-configuration.',
    format: 'http address',
    default: '',
    env: 'OIDC_JWKS_URL',
  },
  oidcAudience: text('What its tokens for Parley name as their audience (aud).', 'OIDC_AUDIENCE'),
  oidcClaims: text(
    'Where its tokens have our claims; a dot leads into an object.',
    'OIDC_CLAIMS',
    'name=preferred_username,publish=parley.publish,subscribe=parley.subscribe,role=parley.role',
  ),
  oidcPublish: text(
    'Where those may speak whose token has no such claim: patterns with commas between.',
    'OIDC_PUBLISH',
  ),
  oidcSubscribe: text('Where those may read whose token has no such claim.', 'OIDC_SUBSCRIBE'),
};

/** An OpenID provider, and what its tokens mean here. */
export interface Provider {
  issuer: string;
  jwksUrl: string;
  audience: string;
  /** Where each of our claims is in its tokens. */
  claims: ReadonlyMap<string, string>;
  publish: string[];
  subscribe: string[];
}

const CLAIMS = ['name', 'publish', 'subscribe', 'role'];

/** Reads what was set; undefined where no provider is. @throws SettingsError that names what is missing or wrong */
export function readProvider(config: ProviderConfig): Provider | undefined {
  const { oidcIssuer: issuer, oidcJwksUrl: jwksUrl, oidcAudience: audience } = config;
  if (issuer === '') return undefined;
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

function readMapping(setting: string): Map<string, string> {
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
  throw new SettingsError(`${name}: ${wrong} is no pattern of channels`);
}

function split(setting: string): string[] {
  return setting
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
