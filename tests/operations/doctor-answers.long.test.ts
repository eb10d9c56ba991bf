import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import { test } from 'node:test';
import { makeCertificate } from '@parley/testkit/credentials/certificates.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { generate } from 'selfsigned';
import { CHECKS } from '../../tools/doctor/checks.ts';
import { examine } from '../../tools/doctor/examine.ts';
import { handshake } from '../../tools/doctor/handshake.ts';
import { ask } from '../../tools/doctor/request.ts';
import type { Verdict, Visit } from '../../tools/doctor/verdict.ts';

const DAY_MS = 86_400_000;
/** The checks that need the right to post or read. */
const ASKING = [
  'buffering',
  'compression',
  'resume',
  'events',
  'WebSocket',
  'clock',
  'idle stream',
];

function visitTo(url: string, more: Partial<Visit> = {}): Visit {
  const bare = { channel: 'doctor-test', idleSeconds: 1, insecure: false };
  return { url: new URL(url), ...bare, ca: undefined, token: undefined, ...more };
}

async function verdicts(visit: Visit, names: string[]): Promise<Verdict[]> {
  const checks = CHECKS.filter(({ name }) => names.includes(name));
  return (await Array.fromAsync(examine(visit, checks))).map(({ verdict }) => verdict);
}

/** Listens on a free port until the test ends. */
async function listening(server: Server, host = '127.0.0.1') {
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => void server.close() };
}

for (const status of [400, 429, 503]) {
  test(`a stream that is answered ${status} is reported as that, not as cut or uncompressed`, async () => {
    const refuse: RequestListener = (_request, response) => response.writeHead(status).end('why');
    using server = await listening(createServer(refuse));
    const visit = visitTo(`http://127.0.0.1:${server.port}`);
    for (const verdict of await verdicts(visit, ['idle stream', 'compression', 'buffering'])) {
      assert.equal(verdict.kind, 'wrong');
      assert.match(verdict.says, new RegExp(`^GET /broadcast/.+ was answered ${status}: why$`));
    }
  });
}

test('if a token is required the checks report it, and with a token they run', async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, AUTH: 'required' };
  await using parley = await start('services/standalone', env);
  for (const verdict of await verdicts(visitTo(parley.url), ASKING)) {
    assert.deepEqual([verdict.kind, /AUTH=required/.test(verdict.says)], ['open', true]);
  }
  const forAll = ['--for', 'doctor', '--publish', '**', '--subscribe', '**'];
  const token = execFileSync(
    process.execPath,
    ['services/chat/commands/token/main.ts', ...forAll],
    {
      env: { ...process.env, DATA_DIR: folder.path },
      encoding: 'utf8',
    },
  ).trim();
  const found = await verdicts(visitTo(parley.url, { token }), ASKING);
  assert.deepEqual(
    found.filter(({ kind }) => kind !== 'ok'),
    [],
  );
});

test('a token is not sent to a server whose certificate is not trusted', async () => {
  const { cert, key, ca } = await makeCertificate('127.0.0.1');
  const shown: (string | undefined)[] = [];
  using server = await listening(
    createTlsServer({ cert, key }, ({ headers }, response) => {
      shown.push(headers.authorization);
      response.end();
    }),
  );
  const url = `https://127.0.0.1:${server.port}`;
  await assert.rejects(ask(visitTo(url, { token: 'secret' }), '/'), /certificate/);
  await ask(visitTo(url), '/');
  await ask(visitTo(url, { token: 'secret', ca }), '/');
  await ask(visitTo(url, { token: 'secret', insecure: true }), '/');
  assert.deepEqual(shown, [undefined, 'Bearer secret', 'Bearer secret']);
});

test('a redirect away from internal paths counts as closed', async () => {
  const redirect: RequestListener = (_request, response) =>
    response.writeHead(308, { Location: '/' }).end();
  using server = await listening(createServer(redirect));
  const [verdict] = await verdicts(visitTo(`http://127.0.0.1:${server.port}`), ['inside']);
  assert.equal(verdict?.kind, 'ok');
});

test('a certificate for an IPv6 address is accepted for that address', async () => {
  const { cert, key, ca } = await makeCertificate('::1');
  const answer: RequestListener = (_request, response) => response.end();
  using server = await listening(createTlsServer({ cert, key }, answer), '::1');
  const [verdict] = await verdicts(visitTo(`https://[::1]:${server.port}`, { ca }), [
    'certificate',
  ]);
  assert.match(verdict?.says ?? '', /^for ::1, /);
});

test('a certificate that is not valid yet is reported as such', async () => {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    notBeforeDate: new Date(Date.now() + DAY_MS),
    notAfterDate: new Date(Date.now() + 100 * DAY_MS),
  });
  const answer: RequestListener = (_request, response) => response.end();
  using server = await listening(createTlsServer({ cert: made.cert, key: made.private }, answer));
  const [verdict] = await verdicts(visitTo(`https://127.0.0.1:${server.port}`), ['certificate']);
  assert.match(verdict?.says ?? '', /^it is valid only from /);
});

test('an answer that never ends, or not soon, is given up', async () => {
  const endless: RequestListener = ({ url }, response) => {
    const more = () => {
      while (response.write('x'.repeat(9_999)));
    };
    if (url === '/long') more();
    else response.write('x');
    response.on('drain', more);
  };
  using server = await listening(createServer(endless));
  const visit = visitTo(`http://127.0.0.1:${server.port}`);
  await assert.rejects(
    ask(visit, '/silent', { limitMs: 200 }),
    /no end of the answer within 0.2 s/,
  );
  const { body } = await ask(visit, '/long');
  assert.ok(body.length > 65_536 && body.length < 1_000_000, `${body.length}`);
});

test('a server without a TLS handshake is given up', async () => {
  using server = await listening(createSocketServer((socket) => socket.resume()));
  const visit = visitTo(`https://127.0.0.1:${server.port}`);
  await assert.rejects(handshake(visit, 200), /no TLS handshake within 0.2 s/);
});
