import { causeOf } from '@parley/chat/mail/failure.ts';
import { openTransport } from '@parley/chat/mail/transport.ts';
import { ask } from '../request.ts';
import { type Check, ok, open, type Visit, wrong } from '../verdict.ts';

/** Checks that the SMTP server answers, is trusted and accepts the login, without sending a mail. */
export const mail: Check = {
  name: 'mail',
  async run(visit) {
    const sends = await sendsMail(visit);
    if (!sends && visit.smtp === undefined) return ok('this server sends none');
    if (visit.smtp === undefined) {
      return open('with --smtp FILE the doctor asks the SMTP server, too');
    }
    if (!sends) {
      return wrong('this server sends none', {
        why: 'people cannot set a password that they forgot',
        mend: 'give SMTP_URL, MAIL_FROM and PUBLIC_URL to chat',
      });
    }
    const transport = openTransport({ smtpUrl: visit.smtp, smtpTls: 'required' }, visit.ca);
    try {
      await transport.verify();
      return ok('the SMTP server answers over TLS, and accepts the login');
    } catch (error) {
      return wrong(`the SMTP server fails here (${causeOf(error)})`, {
        why: 'no mail is sent, so people cannot set a password that they forgot',
        mend: 'compare host, port, user and password of SMTP_URL with those of the provider',
      });
    } finally {
      transport.close();
    }
  },
};

async function sendsMail(visit: Visit): Promise<boolean> {
  const { body } = await ask(visit, '/session?guest=ok');
  return /"mail":true/.test(body);
}
