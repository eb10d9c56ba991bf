import { parseChannel } from '@parley/contract/channels/channel.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { contentTypeOf, parseBodyFields } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import type { RequestHandler, Response } from 'express';
import { openIdSecret, setOpenIdCookie } from '../../accounts/cookies.ts';
import { invalidLink } from '../../accounts/links.ts';
import type { AccountParts } from '../../accounts/open-accounts.ts';
import { FLOW_MS, type Flow } from '../../accounts/openid/flows.ts';
import { faultOf, SignInFailed } from '../../accounts/openid/sign-in-failed.ts';
import { isSecret } from '../../tickets/secret.ts';
import { beginSession, findBrowserSession } from './begin-session.ts';

/** Where the provider sends browsers back. */
export const CALLBACK = '/session/openid/callback';

/**
 * `POST /session/openid {channel, invitation}`: begins a sign-in by the OpenID provider, and answers
 * with the provider's address for the browser. A POST of our own page: no other site can begin one.
 */
export function beginOpenId(parts: AccountParts): RequestHandler {
  const { openId, addressOf } = parts;
  return async (request, response) => {
    if (!openId) throw noProvider();
    const body = await readBody(request);
    const { channel, invitation } =
      body.length === 0 ? {} : parseBodyFields(body, contentTypeOf(request.headers));
    const wanted = {
      redirectUri: `${request.protocol}://${request.headers.host}${CALLBACK}`,
      channel: channel === undefined ? undefined : parseChannel(channel),
      invitation: parseInvitation(invitation),
      before: await findBrowserSession(parts, request),
    };
    const browser = openIdSecret(request);
    const begun = await openId.begin(wanted, { browser, address: addressOf(request) });
    setOpenIdCookie(response, begun.browser, FLOW_MS);
    response.json({ url: begun.url });
  };
}

/** @throws ChatError `invalid-link` for a text that no link has */
function parseInvitation(value: unknown): string | undefined {
  if (value === undefined || isSecret(value)) return value;
  throw invalidLink();
}

/**
 * `GET /session/openid/callback`: the provider's answer, from the browser. Signs in, and leads to the
 * page of the channel where the sign-in began, or to the start page. A failure is a word in the
 * fragment (`SignInFault`).
 */
export function endOpenId(parts: AccountParts): RequestHandler {
  const { openId, metrics, log } = parts;
  return async (request, response) => {
    if (!openId) throw noProvider();
    let flow: Flow | undefined;
    try {
      const account = await metrics.logIn(async () => {
        flow = await openId.find(openIdSecret(request), request.query.state);
        if (!flow) throw new SignInFailed('expired');
        return openId.end(flow, request.url);
      });
      await beginSession(account, { parts, request, response }, flow?.before);
      lead(response, pageOf(flow));
    } catch (err) {
      if (!(err instanceof ChatError)) log.error({ err }, 'openid: a sign-in failed');
      lead(response, `${pageOf(flow)}#sign-in=${faultOf(err)}`);
    }
  };
}

/** The page where the sign-in began. */
function pageOf(flow: Flow | undefined): string {
  return flow?.channel === undefined ? '/' : `/${encodeURIComponent(flow.channel)}`;
}

function lead(response: Response, place: string): void {
  response.status(303).setHeader('Location', place).end();
}

function noProvider(): ChatError {
  return new ChatError('not-found', 'There is no sign-in by an OpenID provider here.');
}
