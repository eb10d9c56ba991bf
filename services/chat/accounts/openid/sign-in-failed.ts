import { ChatError, type ProblemCode } from '@parley/contract/problem.ts';

/**
 * Why a sign-in by the provider failed, for the fragment of the page's address. The page has a
 * sentence for each.
 */
export type SignInFault =
  | 'denied'
  | 'expired'
  | 'refused'
  | 'away'
  | 'suspended'
  | 'closed'
  | 'link'
  | 'failed';

/** The person did not finish the sign-in, or the provider's answer cannot be used. */
export class SignInFailed extends ChatError {
  readonly fault: SignInFault;

  constructor(fault: SignInFault, cause?: unknown) {
    super('forbidden', `The sign-in failed: ${fault}.`, { cause });
    this.fault = fault;
  }
}

const FAULTS: Partial<Record<ProblemCode, SignInFault>> = {
  'provider-unavailable': 'away',
  'account-suspended': 'suspended',
  'invalid-link': 'link',
};

/** The word for the page. */
export function faultOf(error: unknown): SignInFault {
  if (error instanceof SignInFailed) return error.fault;
  return (error instanceof ChatError ? FAULTS[error.code] : undefined) ?? 'failed';
}
