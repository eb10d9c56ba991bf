import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import {
  CLIENT,
  type OpenIdProvider,
  startOpenIdProvider,
} from '@parley/testkit/credentials/openid-provider.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

/** A deployment whose people sign in by an OpenID provider. */
export interface OpenIdDeployment extends AsyncDisposable {
  parley: Running;
  /** Its store is here. */
  folder: string;
  provider: OpenIdProvider;
}

/** The settings of a sign-in by a provider. */
export const openIdSettings = (issuer: string) => ({
  OIDC_ISSUER: issuer,
  OIDC_CLIENT_ID: CLIENT.id,
  OIDC_CLIENT_SECRET: CLIENT.secret,
  OIDC_LABEL: 'Team login',
});

/** Starts a provider, and Parley on an empty folder. */
export async function startOpenIdDeployment(
  env: Record<string, string> = {},
): Promise<OpenIdDeployment> {
  await using building = new AsyncDisposableStack();
  const port = await freePort();
  const callback = `http://127.0.0.1:${port}/session/openid/callback`;
  const provider = building.use(await startOpenIdProvider([callback]));
  const { path: folder } = building.use(await temporaryFolder());
  const settings = { DATA_DIR: folder, PORT: String(port), ...openIdSettings(provider.issuer) };
  const parley = building.use(await start('services/standalone', { ...settings, ...env }));
  const stack = building.move();
  return { parley, folder, provider, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Begins a sign-in. Resolves with the provider's address. */
export async function begin(browser: BrowserSession, fields?: object): Promise<string> {
  const { status, body } = await browser.send('POST', '/session/openid', fields);
  if (status !== 200) throw new Error(`the sign-in did not begin: ${JSON.stringify(body)}`);
  return String(body.url);
}

/**
 * Goes back to Parley as a browser does: the request comes from another site, so it has no cookie
 * that is `Strict`. Resolves with the place to which Parley leads.
 */
export async function goBack(browser: BrowserSession, address: string): Promise<string> {
  const { pathname, search } = new URL(address);
  const Cookie = `parley-openid=${browser.cookie('parley-openid') ?? ''}`;
  const { status, headers } = await browser.send('GET', pathname + search, undefined, { Cookie });
  return status === 303 ? (headers.get('location') ?? '') : `status ${status}`;
}

/** Signs a person in, with a new browser. */
export async function signIn(
  { parley, provider }: Pick<OpenIdDeployment, 'parley' | 'provider'>,
  login: string,
  fields?: object,
): Promise<{ browser: BrowserSession; place: string; session: Record<string, unknown> }> {
  const browser = new BrowserSession(parley.url);
  const back = await provider.signIn(await begin(browser, fields), login);
  const place = await goBack(browser, back);
  const { body: session } = await browser.send('GET', '/session?guest=ok');
  return { browser, place, session };
}
