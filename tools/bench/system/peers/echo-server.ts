import { createServer } from 'node:http';

/**
 * The least that a Node server does for a post: reads the JSON body and answers 201 with a receipt
 * of Parley's form. Stores and delivers nothing. The argument is the port.
 */
const EPOCH = '0123456789ab';
let seq = 0;

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const { username, message } = JSON.parse(Buffer.concat(parts).toString());
    const id = `${EPOCH}:${++seq}`;
    const at = new Date().toISOString();
    const receipt = { channel: 'bench', epoch: EPOCH, seq, id, at, username, message };
    const body = Buffer.from(JSON.stringify({ ...receipt, server: 'echo' }));
    response.writeHead(201, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': body.length,
    });
    response.end(body);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
