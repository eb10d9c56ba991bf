import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { before, test } from 'node:test';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { makeCertificate } from '@parley/testkit/credentials/certificates.ts';
import {
  linkOf,
  MAIL_PASSWORD,
  type MailServer,
  smtpUrlOf,
  startMailServer,
} from '@parley/testkit/mail/mail-server.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { mail as doctorsMail } from '../../tools/doctor/checks/mail.ts';
import { login, newcomer, openDeployments, PASSWORD } from './account-deployments.ts';
import { newAdministrator, runAccount } from './administrator.ts';

const NEXT = 'another phrase altogether';
const PUBLIC_URL = 'https://chat.example.org';
/** The first deployment sends no mail. */
const deployments = openDeployments();
let mails: MailServer;
let parley: Running;
let folder = '';
let env: Record<string, string> = {};

before(async () => {
  const { stack } = deployments;
  const { ca, ...certificate } = await makeCertificate('localhost');
  const { path } = stack.use(await temporaryFolder());
  mails = stack.use(await startMailServer(certificate));
  const [caFile, urlFile] = [`${path}/ca.crt`, `${path}/smtp_url`];
  writeFileSync(caFile, ca);
  writeFileSync(urlFile, `${smtpUrlOf(mails.port)}\n`);
  env = {
    SMTP_URL_FILE: urlFile,
    SMTP_CA_FILE: caFile,
    MAIL_FROM: 'Parley <chat@example.org>',
    PUBLIC_URL,
    TRUSTED_PROXIES: 'loopback',
  };
  ({ running: parley, folder } = await deployments.open(env));
});

let clients = 0;

/** Headers of a client with an address of its own. */
const ofClient = () => ({ 'X-Forwarded-For': `198.51.100.${++clients}` });

const forgot = (given: object, headers: Record<string, string> = ofClient()) =>
  new BrowserSession(parley.url).send('POST', '/session/forgot', given, headers);
const use = (path: string, fields: object) =>
  new BrowserSession(parley.url).send('POST', `/session/${path}`, fields, ofClient());

async function secretFor(address: string, word: string, count = 1): Promise<string> {
  const link = linkOf(await mails.mailTo(address, count));
  const [, secret] = new RegExp(`^${PUBLIC_URL}/#${word}=([\\w-]{43})$`).exec(link) ?? [];
  assert.ok(secret, link);
  return secret;
}

/** A new account, which has confirmed its address. */
async function confirmed() {
  const person = await newcomer(parley.url);
  const secret = await secretFor(person.email, 'confirm');
  assert.equal((await use('confirm', { confirm: secret })).status, 204);
  return { ...person, secret };
}

const sessionOf = async (browser: BrowserSession) => (await browser.send('GET', '/session')).body;

test('an address is confirmed by the link in a mail, once', async () => {
  const { email, browser } = await newcomer(parley.url);
  const mail = await mails.mailTo(email);
  assert.deepEqual([mail.from, mail.to, mail.secure], ['chat@example.org', [email], true]);
  assert.match(mail.source, /^Subject: Confirm your e-mail address/m);
  assert.doesNotMatch(mail.source, /ada-\d+[^@\d]/, 'a stranger may have chosen the name');
  const secret = await secretFor(email, 'confirm');
  assert.equal((await sessionOf(browser)).emailConfirmed, false);
  for (const wrong of ['', 7, null, 'A'.repeat(43)])
    assert.equal((await use('confirm', { confirm: wrong })).body.code, 'invalid-link');
  const rivals = await Promise.all(
    Array.from({ length: 8 }, () => use('confirm', { confirm: secret })),
  );
  assert.deepEqual(rivals.map(({ status }) => status).sort(), [204, ...Array(7).fill(403)]);
  const { email: shown, emailConfirmed } = await sessionOf(browser);
  assert.deepEqual([shown, emailConfirmed], [email, true]);
  const reset = await use('reset', { reset: secret, newPassword: NEXT });
  assert.equal(reset.body.code, 'invalid-link');
});

test('a forgotten password is set by the link in a mail, once, and every session ends', async () => {
  const { name, email, browser } = await confirmed();
  assert.equal((await forgot({ login: name.toUpperCase() })).status, 202);
  const { source } = await mails.mailTo(email, 2);
  assert.match(source, /^Subject: Set a new password/m);
  const secret = await secretFor(email, 'reset', 2);
  assert.equal((await use('confirm', { confirm: secret })).body.code, 'invalid-link');
  assert.equal((await use('reset', { reset: secret, newPassword: 'short' })).status, 400);
  const rivals = await Promise.all(
    Array.from({ length: 6 }, () => use('reset', { reset: secret, newPassword: NEXT })),
  );
  assert.deepEqual(rivals.map(({ status }) => status).sort(), [200, ...Array(5).fill(403)]);
  assert.equal((await browser.send('GET', '/session')).status, 401);
  assert.equal((await login(name, PASSWORD, parley.url)).status, 401);
  assert.equal((await login(email, NEXT, parley.url)).status, 200);
});

test('a change of the password or the address ends the mailed link', async () => {
  const one = await confirmed();
  await forgot({ login: one.email });
  const first = await secretFor(one.email, 'reset', 2);
  const change = { password: PASSWORD, newPassword: NEXT };
  assert.equal((await one.browser.send('POST', '/session/password', change)).status, 200);
  const late = await use('reset', { reset: first, newPassword: PASSWORD });
  assert.equal(late.body.code, 'invalid-link');

  const two = await confirmed();
  await forgot({ login: two.email });
  const second = await secretFor(two.email, 'reset', 2);
  const none = { password: PASSWORD, email: '' };
  assert.equal((await two.browser.send('POST', '/session/email', none)).status, 204);
  const after = await use('reset', { reset: second, newPassword: NEXT });
  assert.equal(after.body.code, 'invalid-link');
  assert.deepEqual((await sessionOf(two.browser)).email, '');
  assert.equal((await login(two.email, PASSWORD, parley.url)).status, 401);
});

test('the answer, and its time, do not show whether there is an account', async () => {
  const { name, email } = await confirmed();
  const unconfirmed = await newcomer(parley.url);
  const suspended = await confirmed();
  await runAccount(folder, ['suspend', suspended.name]);
  const logins = [name, unconfirmed.email, suspended.name, 'none', 'none@example.org', 'a\r\nb'];
  const times = new Map(logins.map((given) => [given, [] as number[]]));
  const answers = new Set<string>();
  for (let i = 0; i < 15; i++) {
    for (const given of logins) {
      const began = performance.now();
      const { status, body } = await forgot({ login: given });
      times.get(given)?.push(performance.now() - began);
      answers.add(JSON.stringify([status, body]));
    }
  }
  assert.equal(answers.size, 1, [...answers].join());
  const fastest = [...times.values()].map((all) => Math.min(...all));
  assert.ok(Math.max(...fastest) - Math.min(...fastest) < 20, fastest.join());
  await secretFor(email, 'reset', 2);
  // 90 requests from 90 clients, and one mail.
  const { email: last } = await confirmed();
  const mailsTo = (to: string) => mails.mails.filter((mail) => mail.to.includes(to)).length;
  assert.deepEqual([email, unconfirmed.email, suspended.email, last].map(mailsTo), [2, 1, 1, 1]);
});

test('one client asks for 20 mails in an hour', async () => {
  const client = ofClient();
  const answers: number[] = [];
  for (let i = 0; i < 22; i++) answers.push((await forgot({ login: `x${i}` }, client)).status);
  assert.deepEqual(answers, [...Array(20).fill(202), 429, 429]);
  assert.equal((await forgot({ login: 'x' })).status, 202, 'another client is not limited');
});

test('an account changes its address with its password, and keeps the old one until it confirms', async () => {
  const { name, email, browser } = await confirmed();
  const set = (fields: object) => browser.send('POST', '/session/email', fields, ofClient());
  const next = `new.${email}`;
  assert.equal((await set({ password: 'wrong one', email: next })).status, 401);
  assert.equal((await set({ password: PASSWORD })).body.code, 'invalid-email');
  assert.equal((await use('email', { password: PASSWORD, email: next })).status, 401);
  assert.equal((await set({ password: PASSWORD, email: next })).status, 202);
  const secret = await secretFor(next, 'confirm');
  assert.equal((await sessionOf(browser)).email, email);
  assert.equal((await login(next, PASSWORD, parley.url)).status, 401);
  assert.equal((await use('confirm', { confirm: secret })).status, 204);
  assert.equal((await login(next, PASSWORD, parley.url)).status, 200);
  assert.equal((await login(email, PASSWORD, parley.url)).status, 401);

  const other = await newcomer(parley.url);
  const same = next.replace('new', 'NEW');
  const wanted = { password: PASSWORD, email: same };
  const asked = await other.browser.send('POST', '/session/email', wanted, ofClient());
  assert.equal(asked.status, 202, 'the answer does not show that the address has an account');
  const late = await secretFor(same, 'confirm');
  assert.equal((await use('confirm', { confirm: late })).body.code, 'account-exists');
  assert.equal((await sessionOf(browser)).username, name);
});

test('the owner of an address gets it from an account that did not confirm it', async () => {
  const squatter = await newcomer(parley.url);
  const fields = { username: `owner of ${squatter.name}`, password: PASSWORD };
  const owner = new BrowserSession(parley.url);
  assert.equal((await owner.send('POST', '/users', fields)).body.email, '');
  const { email } = squatter;
  await owner.send('POST', '/session/email', { password: PASSWORD, email }, ofClient());
  const secret = await secretFor(email, 'confirm', 2);
  assert.equal((await use('confirm', { confirm: secret })).status, 204);
  assert.equal((await sessionOf(squatter.browser)).email, '');
  const { body } = await login(email, PASSWORD, parley.url);
  assert.equal(body.username, fields.username);
});

test('an administrator sets an address and mails an invitation; the acts have no address', async () => {
  const root = await newAdministrator(parley.url, folder);
  const { name, email, browser } = await newcomer(parley.url);
  const path = `/users/${name}/email`;
  const next = `by-root.${email}`;
  assert.equal((await browser.send('POST', path, { email: next })).status, 403);
  assert.equal((await use('../users/x/email', { email: next })).status, 401);
  assert.equal((await root.browser.send('POST', path, { email: next })).status, 202);
  const confirm = await secretFor(next, 'confirm');
  assert.equal((await use('confirm', { confirm })).status, 204);
  const { users } = (await root.browser.send('GET', '/users?limit=1000')).body;
  const listed = (users as Record<string, unknown>[]).find(({ username }) => username === name);
  assert.deepEqual([listed?.email, listed?.emailConfirmed], [next, true]);
  assert.equal((await root.browser.send('POST', path, { email: '' })).status, 204);

  const guest = { email: 'guest@example.org', uses: 1 };
  const { status, body } = await root.browser.send('POST', '/invitations', guest);
  assert.equal(status, 201);
  assert.equal(linkOf(await mails.mailTo(guest.email)), body.link);
  const text = JSON.stringify((await root.browser.send('GET', '/audit?limit=1000')).body);
  for (const act of ['set-email', 'confirm-email', 'remove-email', 'invite'])
    assert.ok(text.includes(`"act":"${act}"`), act);
  assert.doesNotMatch(text, /by-root|guest@/);
});

test('no address adds a header or a recipient to a mail', async () => {
  const root = await newAdministrator(parley.url, folder);
  const { name, email: own, browser } = await newcomer(parley.url);
  for (const to of [`${root.name}@example.org`, own]) await mails.mailTo(to);
  const before = mails.mails.length;
  for (const email of [
    'a@example.org\nBcc: evil@example.org',
    'a@example.org\r\nBcc: evil@example.org',
    'a@example.org,evil@example.org',
    'a@example.org evil@example.org',
    '<a@example.org>',
    'A <a@example.org>',
    '"a\r\n"@example.org',
    'a@example.org\u2028',
    'а@example.org',
    `${'a'.repeat(250)}@example.org`,
    'a@localhost',
    '@example.org',
    7,
    ['a@example.org', 'evil@example.org'],
    { address: 'a@example.org' },
    null,
  ]) {
    const asked = [
      browser.send('POST', '/users', { username: 'x', password: PASSWORD, email }, ofClient()),
      browser.send('POST', '/session/email', { password: PASSWORD, email }, ofClient()),
      root.browser.send('POST', `/users/${name}/email`, { email }),
      root.browser.send('POST', '/invitations', { email }),
    ];
    for (const { status, body } of await Promise.all(asked))
      assert.deepEqual([status, body.code], [400, 'invalid-email'], String(email));
  }
  const last = await newcomer(parley.url);
  await mails.mailTo(last.email);
  assert.equal(mails.mails.length, before + 1);
});

test('the doctor asks the SMTP server, and finds a wrong password', async () => {
  const ca = readFileSync(env.SMTP_CA_FILE ?? '', 'utf8');
  const ask = (url: string, smtp?: string) =>
    doctorsMail.run({
      url: new URL(url),
      channel: 'doctor',
      idleSeconds: 1,
      insecure: false,
      ca,
      token: undefined,
      smtp,
    });
  const smtpUrl = smtpUrlOf(mails.port);
  assert.equal((await ask(parley.url, smtpUrl)).kind, 'ok');
  assert.equal((await ask(parley.url)).kind, 'open');
  const wrong = await ask(parley.url, smtpUrl.replace('secret', 'guess'));
  assert.equal(wrong.kind, 'wrong');
  assert.match(wrong.says, /EAUTH 535/);
  const away = await ask(parley.url, `smtp://localhost:${await freePort()}`);
  assert.match(away.says, /ECONNREFUSED/);
  assert.equal((await ask(deployments.url)).kind, 'ok');
  assert.equal((await ask(deployments.url, smtpUrl)).kind, 'wrong');
});

test('the log has no address, no link and no password', async () => {
  assert.equal(await parley.end('SIGTERM'), 0);
  const output = parley.output.join('\n');
  assert.ok(!output.includes('@example.org'), output);
  assert.ok(!output.includes(MAIL_PASSWORD) && !output.includes(encodeURIComponent(MAIL_PASSWORD)));
  for (const { source } of mails.mails)
    assert.ok(!output.includes(linkOf({ source } as never).split('=')[1] ?? ''));
});

test('a server of mails that hangs delays no answer and no stop', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  await until('it listens', () => silent.listening);
  const { port } = silent.address() as { port: number };
  const { SMTP_URL_FILE: _, ...rest } = env;
  const { running } = await deployments.open({
    ...rest,
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    SMTP_TLS: 'off',
  });
  const began = Date.now();
  const people = await Promise.all(Array.from({ length: 6 }, () => newcomer(running.url)));
  for (const { browser } of people)
    assert.equal((await browser.send('POST', '/chat/lobby', { message: 'hi' })).status, 201);
  assert.ok(Date.now() - began < 8_000);
  await until('it is asked', () => sockets.length > 0);
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  assert.match(metrics, /^parley_mails_waiting(\{\S*\})? 6$/m);
  assert.equal(await running.end('SIGTERM'), 0);
  assert.ok(Date.now() - began < 20_000);
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test('a server without SMTP_URL says that it sends no mail', async () => {
  const { url, first } = deployments;
  const root = await newAdministrator(url, first.folder);
  const guest = new BrowserSession(url);
  assert.equal((await guest.send('GET', '/session?guest=ok')).body.mail, false);
  for (const [browser, path, fields] of [
    [guest, '/session/forgot', { login: 'x' }],
    [root.browser, '/session/email', { password: PASSWORD, email: 'new@example.org' }],
    [root.browser, `/users/${root.name}/email`, { email: 'new@example.org' }],
    [root.browser, '/invitations', { email: 'new@example.org' }],
  ] as const) {
    const { status, body } = await browser.send('POST', path, fields);
    assert.deepEqual([status, body.code], [404, 'not-found'], path);
    assert.match(String(body.detail), /SMTP_URL/);
  }
  assert.equal(await first.running.end('SIGTERM'), 0);
});
