import type { Mail } from './mailer.ts';

type Text = Omit<Mail, 'to'>;

/**
 * The mail by which an address is confirmed. It does not have the account's name: the owner of the
 * address may be a stranger to the person who chose the name.
 */
export function confirmationText(link: string): Text {
  return textOf('Confirm your e-mail address', link, [
    `Open this link to confirm that your account at ${hostOf(link)} may use this address.`,
    'If you did not ask for it, ignore this mail: the address is then not used.',
  ]);
}

/** The mail by which the owner of an account sets a new password. */
export function resetText(link: string, username: string): Text {
  return textOf('Set a new password', link, [
    `Open this link within an hour to set a new password of your account ${username} at ${hostOf(link)}.`,
    'If you did not ask for it, ignore this mail: the password stays as it is.',
  ]);
}

/** The mail by which an administrator invites a person. */
export function invitationText(link: string, expiresAt: number): Text {
  const end = new Date(expiresAt).toISOString().slice(0, 16).replace('T', ' ');
  return textOf('Your invitation', link, [
    `An administrator of ${hostOf(link)} invites you to make an account.`,
    `Open this link before ${end} UTC.`,
  ]);
}

function textOf(subject: string, link: string, sentences: string[]): Text {
  return { subject, text: `${sentences.join('\n')}\n\n${link}\n` };
}

function hostOf(link: string): string {
  return new URL(link).host;
}
