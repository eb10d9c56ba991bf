import { networkInterfaces } from 'node:os';

/**
 * Runs in a container beside small.yml, as a visitor from another machine. Prints what it saw as JSON.
 * Fails when an event does not arrive: a proxy that buffers keeps it back.
 */
const { DOMAIN = '' } = process.env;
const LIMIT_MS = 10_000;
const signal = AbortSignal.timeout(LIMIT_MS);

const redirect = await fetch(`http://${DOMAIN}/chat/lobby`, { redirect: 'manual', signal });
const stream = await fetch(`https://${DOMAIN}/broadcast/lobby`, { signal });
const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
const decoder = new TextDecoder();
let received = '';
await receive('event: hello');
const posted = await fetch(`https://${DOMAIN}/chat/lobby`, {
  method: 'POST',
  headers: { 'X-Forwarded-For': '203.0.113.9', 'X-Request-Id': 'visitor' },
  body: new URLSearchParams({ username: 'ada', message: 'over TLS' }),
  signal,
});
const metrics = await fetch(`https://${DOMAIN}/metrics`, { signal });
if (posted.status === 201) await receive('"message":"over TLS"');

const [own] = (networkInterfaces().eth0 ?? []).filter(({ family }) => family === 'IPv4');
const location = redirect.headers.get('location');
process.stdout.write(
  JSON.stringify({
    location,
    status: posted.status,
    metrics: metrics.status,
    address: own?.address,
  }),
);
process.exit();

async function receive(text: string): Promise<void> {
  while (!received.includes(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended without ${text}`);
    received += decoder.decode(value, { stream: true });
  }
}
