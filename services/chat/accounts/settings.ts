import { isChannelPattern } from '@parley/contract/channels/channel-pattern.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import type { Setting } from '@parley/kit/settings/settings.ts';
import { type OpenIdConfig, openIdSettings } from './openid/settings.ts';

/** What accounts may do, and how long their sessions and tokens last. */
export interface AccountConfig extends OpenIdConfig {
  signUp: 'open' | 'closed';
  tokenSeconds: number;
  sessionDays: number;
  accountPublish: string;
  accountSubscribe: string;
  /** Days for which the acts of administrators are kept; 0: until there are too many. */
  auditDays: number;
}

function checkPatterns(text: string): void {
  if (text !== '' && !text.split(',').every((pattern) => isChannelPattern(pattern.trim())))
    throw new Error('must be channel patterns such as team.*, with commas between');
}

export const accountSettings: { [K in keyof AccountConfig]: Setting<AccountConfig[K]> } = {
  signUp: {
    doc: `open: everyone can sign up; closed: only people with an invitation, and ${howToRun('account')}.`,
    format: ['open', 'closed'],
    default: 'open',
    env: 'SIGN_UP',
  },
  tokenSeconds: {
    doc: "Seconds for which an account's token is valid; a session renews it.",
    format: 'number of seconds',
    default: 300,
    env: 'TOKEN_SECONDS',
  },
  sessionDays: {
    doc: 'Days after which a session ends and the password is asked for again.',
    format: 'positive number',
    default: 30,
    env: 'SESSION_DAYS',
  },
  accountPublish: {
    doc: 'Where accounts may post: patterns such as team.*, with commas between; ** for everywhere.',
    format: { name: 'channel patterns', check: checkPatterns },
    default: '**',
    env: 'ACCOUNT_PUBLISH',
  },
  accountSubscribe: {
    doc: 'Where accounts may read: patterns with commas between.',
    format: { name: 'channel patterns', check: checkPatterns },
    default: '**',
    env: 'ACCOUNT_SUBSCRIBE',
  },
  auditDays: {
    doc: 'Days for which the acts of administrators are kept; 0: until there are 500,000.',
    format: 'whole number',
    default: 365,
    env: 'AUDIT_DAYS',
  },
  ...openIdSettings,
};

/** The patterns in a setting's text. */
export function listPatterns(text: string): string[] {
  return text
    .split(',')
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '');
}
