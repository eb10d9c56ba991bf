import type { Log } from '@parley/kit/log/log.ts';
import type { SessionChoice } from '../../store/people/accounts.ts';
import type { TicketStore } from '../../store/people/tickets.ts';
import { OneTimeRows } from '../../tickets/one-time-rows.ts';
import { isSecret } from '../../tickets/secret.ts';
import type { Checks } from './provider.ts';

/** How long a person may take at the provider. */
export const FLOW_MS = 600_000;
/** Sign-ins that one process begins within a minute. */
const BEGUN_MAX = 1_000;

/** A sign-in that is under way at the provider. */
export interface Flow {
  checks: Checks;
  /** Where the provider sends the browser back. */
  redirectUri: string;
  /** The channel whose page the person left. */
  channel?: string | undefined;
  /** The secret of an invitation. */
  invitation?: string | undefined;
  /** The session that the browser had. Its cookie does not come with the provider's answer. */
  before?: SessionChoice | undefined;
}

/**
 * Sign-ins that are under way. Each is found once, within ten minutes, on any replica, and only by
 * the browser that began it: `browser` is a secret in its cookie.
 */
export class Flows {
  readonly #rows: OneTimeRows;
  readonly #clock: () => number;

  constructor(parts: { store: TicketStore; clock: () => number; log: Log }) {
    this.#clock = parts.clock;
    this.#rows = new OneTimeRows({
      ...parts,
      addedMax: BEGUN_MAX,
      refusal: 'Too many people sign in at the moment; try again in a minute.',
    });
  }

  /** @throws ChatError `overloaded` */
  begin(browser: string, flow: Flow): Promise<void> {
    const secret = secretOf(browser, flow.checks.state);
    return this.#rows.add(secret, JSON.stringify(flow), this.#clock() + FLOW_MS);
  }

  /** Undefined for an answer that was used, came too late, or is for another browser. */
  async take(browser: string | undefined, state: unknown): Promise<Flow | undefined> {
    if (browser === undefined || !isSecret(browser) || !isSecret(state)) return undefined;
    const text = await this.#rows.take(secretOf(browser, state));
    return text === undefined ? undefined : JSON.parse(text);
  }
}

/** No ticket has this form, so none stands for a sign-in. */
function secretOf(browser: string, state: string): string {
  return `openid ${browser} ${state}`;
}
