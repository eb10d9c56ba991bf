import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Log } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { makeCertificate } from '@parley/testkit/credentials/certificates.ts';
import {
  type MailServer,
  type MailServerOptions,
  smtpUrlOf,
  startMailServer,
} from '@parley/testkit/mail/mail-server.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { Mailer } from './mailer.ts';
import { openMailMetrics } from './metrics.ts';
import { checkMailSettings, type MailConfig, parseSender } from './settings.ts';

const TO = 'ada@example.org';
const MAIL = { to: TO, subject: 'Hello', text: 'A link: https://chat.example.org/#reset=x\n' };
const stack = new AsyncDisposableStack();
let certificate: { cert: string; key: string };
let smtpCaFile = '';

before(async () => {
  const folder = stack.use(await temporaryFolder()).path;
  const { ca, ...rest } = await makeCertificate('localhost');
  certificate = rest;
  smtpCaFile = `${folder}/ca.crt`;
  writeFileSync(smtpCaFile, ca);
});
after(() => stack.disposeAsync());

const config = (smtpUrl: string, more: Partial<MailConfig> = {}): MailConfig => ({
  smtpUrl,
  smtpCaFile,
  smtpTls: 'required',
  mailFrom: 'Parley <chat@example.org>',
  publicUrl: 'https://chat.example.org',
  ...more,
});

function openMailer(settings: MailConfig, waitsMs?: number[]) {
  const metrics = new Metrics();
  const lines: string[] = [];
  const write = (fields: object | string, text = '') =>
    void lines.push(`${typeof fields === 'string' ? fields : JSON.stringify(fields)} ${text}`);
  const log = { info: write, warn: write } as unknown as Log;
  const options = { log, metrics: openMailMetrics(metrics), ...(waitsMs && { waitsMs }) };
  const mailer = new Mailer(settings, options);
  const count = async (outcome: string) => {
    const found = new RegExp(`^parley_mails_total{outcome="${outcome}"} (\\d+)`, 'm');
    return Number(found.exec(await metrics.text())?.[1]);
  };
  return { mailer, lines, count };
}

const startServer = (options: Partial<MailServerOptions> = {}): Promise<MailServer> =>
  startMailServer({ ...certificate, ...options });

for (const scheme of ['smtp', 'smtps'] as const) {
  test(`a mail is sent by ${scheme}: over TLS, signed in, as plain text`, async () => {
    await using server = await startServer({ kind: scheme });
    const { mailer, count } = openMailer(config(smtpUrlOf(server.port, scheme)));
    await using _ = mailer;
    mailer.send(MAIL);
    const { from, to, secure, source } = await server.mailTo(TO);
    assert.deepEqual([from, to, secure], ['chat@example.org', [TO], true]);
    assert.match(source, /^From: Parley <chat@example\.org>/m);
    assert.match(source, /^Subject: Hello/m);
    assert.match(source, /^Auto-Submitted: auto-generated/m);
    assert.match(source, /^Content-Type: text\/plain/m);
    assert.match(source, /A link: https:\/\/chat\.example\.org\/#reset=x/);
    await until('it is counted', async () => (await count('sent')) === 1);
  });
}

test('a server with an unknown authority, or without TLS, gets no password and no mail', async () => {
  await using plain = await startServer({ kind: 'plain' });
  await using tls = await startServer();
  for (const settings of [
    config(smtpUrlOf(plain.port)),
    config(smtpUrlOf(tls.port), { smtpCaFile: '' }),
  ]) {
    const { mailer, lines, count } = openMailer(settings, []);
    await using _ = mailer;
    mailer.send(MAIL);
    await until('it is given up', async () => (await count('failed')) === 1);
    assert.equal(lines.length, 1);
    assert.match(String(lines), /mail: sending failed/);
    assert.doesNotMatch(String(lines), /ada@|reset=|a secret/);
  }
  assert.deepEqual([...plain.mails, ...tls.mails], []);
});

test('with SMTP_TLS=off a mail goes to a server on loopback without TLS', async () => {
  await using server = await startServer({ kind: 'plain' });
  const settings = config(`smtp://127.0.0.1:${server.port}`, { smtpTls: 'off' });
  await using mailer = openMailer(settings).mailer;
  mailer.send(MAIL);
  assert.equal((await server.mailTo(TO)).secure, false);
});

test('a mail waits for a server that is away, and the log has one cause', async () => {
  const port = await freePort();
  const { mailer, lines, count } = openMailer(config(smtpUrlOf(port)), Array(400).fill(20));
  await using _ = mailer;
  mailer.send(MAIL);
  mailer.send({ ...MAIL, to: 'bob@example.org' });
  await until('a failure is logged', () => lines.length > 0);
  await using server = await startServer({ port });
  await server.mailTo(TO);
  await server.mailTo('bob@example.org');
  await until('both are counted', async () => (await count('sent')) === 2);
  assert.match(lines[0] ?? '', /ECONNREFUSED.*mail: sending failed/);
  assert.match(lines[1] ?? '', /accepts mails again/);
  assert.equal(lines.length, 2);
  assert.equal(server.mails.length, 2);
});

test('a refused recipient is not tried again, and its address is not logged', async () => {
  await using server = await startServer({ refuse: (to) => (to === TO ? 550 : undefined) });
  const { mailer, lines, count } = openMailer(config(smtpUrlOf(server.port)), [1, 1, 1]);
  await using _ = mailer;
  mailer.send(MAIL);
  await until('it is given up', async () => (await count('failed')) === 1);
  assert.equal(server.connections, 1);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /EENVELOPE 550 after RCPT TO.*refused a mail/);
  assert.ok(!lines[0]?.includes(TO));
});

test('one address gets five mails an hour, and the others are counted', async () => {
  await using server = await startServer();
  const { mailer, count } = openMailer(config(smtpUrlOf(server.port)));
  await using _ = mailer;
  for (let i = 0; i < 9; i++) mailer.send({ ...MAIL, to: i % 2 ? TO : 'ADA@example.org' });
  await until('five are sent', async () => (await count('sent')) === 5);
  await until('four are limited', async () => (await count('limited')) === 4);
});

test('at most 1,000 mails wait, and a stop does not wait long for them', async () => {
  const { mailer, count } = openMailer(config(smtpUrlOf(await freePort())));
  for (let i = 0; i < 1_100; i++) mailer.send({ ...MAIL, to: `a${i}@example.org` });
  assert.equal(await count('dropped'), 100);
  const began = Date.now();
  await mailer[Symbol.asyncDispose]();
  assert.ok(Date.now() - began < 15_000);
  assert.equal(await count('failed'), 1_000);
});

test('settings that do not fit each other are refused', () => {
  const url = 'smtps://mail.example.org';
  const refused = (more: Partial<MailConfig>, message: RegExp) =>
    assert.throws(() => checkMailSettings(config(url, more)), message);
  refused({ mailFrom: '' }, /MAIL_FROM/);
  refused({ publicUrl: '' }, /PUBLIC_URL/);
  refused({ smtpTls: 'off' }, /loopback/);
  for (const host of ['127.0.0.1', 'localhost', '[::1]'])
    checkMailSettings(config(`smtp://${host}:25`, { smtpTls: 'off' }));
});

test('a sender is an address, with a name or without', () => {
  const address = 'chat@example.org';
  assert.deepEqual(parseSender(address), { name: '', address });
  assert.deepEqual(parseSender(`<${address}>`), { name: '', address });
  assert.deepEqual(parseSender(`Our Chat <${address}>`), { name: 'Our Chat', address });
  for (const wrong of ['', 'x', `a\nBcc: b <${address}>`, `${address}\n`, `"a" <${address}>`])
    assert.throws(() => parseSender(wrong), /must be an address/);
});
