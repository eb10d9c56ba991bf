import { parseEmail } from '@parley/contract/accounts/account.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { findClaim, providerSubject } from '@parley/kit/tokens/provider-claims.ts';
import { type ProviderConfig, readMapping } from '@parley/kit/tokens/provider-settings.ts';
import type { ClientAuth, Configuration, ResponseBodyError } from 'openid-client';
import type { OpenIdConfig } from './settings.ts';
import { SignInFailed } from './sign-in-failed.ts';

/** How long each answer of the provider may take. */
const ANSWER_SECONDS = 5;
/** How long what the provider says of itself is used; then Parley sees whether it still answers. */
const FRESH_MS = 10_000;
/** The subjects of OpenID Connect (section 2), without spaces at the ends: some stores ignore those. */
const SUBJECT = /^[!-~](?:[ -~]{0,253}[!-~])?$/;

/** What ties the answer of the provider to the request. */
export interface Checks {
  state: string;
  nonce: string;
  /** The secret of PKCE (RFC 7636). */
  verifier: string;
}

/** A person as the provider describes them. */
export interface Person {
  /** Unique among all providers and all subjects of Parley's own. */
  subject: string;
  /** Texts that may be the name, the best first. */
  names: unknown[];
  /** Only an address that the provider has verified. */
  email: string | undefined;
}

/** The client of an OpenID provider: the code flow with PKCE, by openid-client. */
export class OpenIdProvider {
  readonly #config: OpenIdConfig & Pick<ProviderConfig, 'oidcIssuer' | 'oidcClaims'>;
  readonly #log: Log;
  readonly #nameClaim: string;
  #found: Promise<Configuration> | undefined;
  #foundAt = 0;

  constructor(config: OpenIdConfig & Pick<ProviderConfig, 'oidcIssuer' | 'oidcClaims'>, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#nameClaim = readMapping(config.oidcClaims).get('name') ?? 'preferred_username';
  }

  /** The provider's address at which a person signs in. @throws ChatError `provider-unavailable` */
  async address(redirectUri: string, { state, nonce, verifier }: Checks): Promise<string> {
    const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client');
    const found = await this.#find();
    return buildAuthorizationUrl(found, {
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    }).href;
  }

  /**
   * Reads the provider's answer, which came to `url`.
   * @throws SignInFailed, or ChatError `provider-unavailable`
   */
  async identify(url: URL, { state, nonce, verifier }: Checks): Promise<Person> {
    const { authorizationCodeGrant, fetchUserInfo } = await import('openid-client');
    const found = await this.#find();
    try {
      const tokens = await authorizationCodeGrant(found, url, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims() ?? { sub: '' };
      const known = this.#personOf(claims);
      if (known.names.some(Boolean) || !found.serverMetadata().userinfo_endpoint) return known;
      const more = await fetchUserInfo(found, tokens.access_token, claims.sub);
      return this.#personOf({ ...more, ...claims });
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #personOf(claims: { [name: string]: unknown; sub: string }): Person {
    const { sub, name, email, email_verified: isVerified } = claims;
    if (!SUBJECT.test(sub)) throw new Error('the subject is not as OpenID Connect has it');
    return {
      subject: providerSubject(this.#config.oidcIssuer, sub),
      names: [findClaim(claims, this.#nameClaim), name, email],
      email: isVerified === true ? addressOf(email) : undefined,
    };
  }

  #find(): Promise<Configuration> {
    if (performance.now() > this.#foundAt + FRESH_MS) this.#found = undefined;
    this.#found ??= this.#discover().catch((err) => {
      this.#found = undefined;
      this.#log.warn({ reason: reasonOf(err) }, 'openid: the provider cannot be used');
      throw unavailable(err);
    });
    return this.#found;
  }

  async #discover(): Promise<Configuration> {
    const { allowInsecureRequests, discovery, enableNonRepudiationChecks } = await import(
      'openid-client'
    );
    const { oidcIssuer, oidcClientId, oidcClientSecret } = this.#config;
    const issuer = new URL(oidcIssuer);
    const plain = issuer.protocol === 'http:' ? [allowInsecureRequests] : [];
    this.#foundAt = performance.now();
    return discovery(issuer, oidcClientId, {}, await clientAuth(oidcClientSecret), {
      timeout: ANSWER_SECONDS,
      execute: [...plain, enableNonRepudiationChecks],
    });
  }

  #failure(error: unknown): unknown {
    const { name, code, error: word } = error as { name?: string; code?: string; error?: string };
    if (name === 'AuthorizationResponseError' && word === 'access_denied')
      return new SignInFailed('denied', error);
    this.#log.warn({ reason: reasonOf(error) }, 'openid: a sign-in failed');
    // What fetch throws when there is no answer.
    if (error instanceof TypeError || code === 'OAUTH_TIMEOUT') return unavailable(error);
    return new SignInFailed('refused', error);
  }
}

/**
 * The client's secret in the body, where the provider offers it: not every provider decodes a secret
 * in the header as RFC 6749 section 2.3.1 says.
 */
async function clientAuth(secret: string): Promise<ClientAuth> {
  const { ClientSecretBasic, ClientSecretPost, None } = await import('openid-client');
  if (secret === '') return None();
  const [inBody, inHeader] = [ClientSecretPost(secret), ClientSecretBasic(secret)];
  return (server, ...rest) => {
    const ways = server.token_endpoint_auth_methods_supported ?? [];
    return (ways.includes('client_secret_post') ? inBody : inHeader)(server, ...rest);
  };
}

/** The address, if it is one that an account can have. */
function addressOf(email: unknown): string | undefined {
  try {
    return parseEmail(email);
  } catch (error) {
    if (error instanceof ChatError) return undefined;
    throw error;
  }
}

/** For the log: the words of the errors, without the codes and tokens that the provider sent. */
function reasonOf(error: unknown): string {
  const words: unknown[] = [];
  for (let one = error; one instanceof Error; one = one.cause) {
    const { message, error: word, error_description: text } = one as ResponseBodyError;
    words.push(message, word, text);
  }
  return words.filter((one) => typeof one === 'string').join(': ');
}

function unavailable(cause: unknown): ChatError {
  return new ChatError(
    'provider-unavailable',
    'The sign-in server does not answer; try again later.',
    { cause },
  );
}
