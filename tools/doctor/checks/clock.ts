import { post } from '../post.ts';
import { type Check, ok, type Verdict, wrong } from '../verdict.ts';

const TOLERATED_MS = 2_000;
/** The Date header has whole seconds only. */
const DATE_STEP_MS = 1_000;

/** Checks that the deployment's clocks agree with this machine's clock. */
export const clock: Check = {
  name: 'clock',
  async run(visit) {
    const { receipt, answer } = await post(visit, 'clock');
    const { askedAt, answeredAt, headers } = answer;
    /** How far a time is outside the span of the request. */
    const offBy = (ms: number) => Math.max(0, ms - answeredAt) + Math.min(0, ms - askedAt);
    const service = offBy(Date.parse(receipt.at));
    const proxy = offBy(Date.parse(headers.date ?? '') + DATE_STEP_MS / 2);
    if (Math.abs(service) > TOLERATED_MS) return differs(`of chat (${receipt.server})`, service);
    if (Math.abs(proxy) > TOLERATED_MS + DATE_STEP_MS / 2) return differs('of the proxy', proxy);
    return ok(`within ${TOLERATED_MS / 1000} s of this machine's`);
  },
};

function differs(whose: string, offMs: number): Verdict {
  const seconds = Math.round(Math.abs(offMs) / 1000);
  return wrong(
    `the clock ${whose} is ${seconds} s ${offMs > 0 ? 'ahead of' : 'behind'} this machine's`,
    {
      why: 'messages show a wrong time, and tokens expire too soon or too late',
      mend: 'on the machine whose clock is wrong: timedatectl set-ntp true',
    },
  );
}
