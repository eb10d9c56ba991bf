import { get } from 'node:http';

/** The health of a container: exits 0 when the part in it is ready (`/readyz`) and 1 otherwise. */
const { PORT = '8080' } = process.env;

get(`http://127.0.0.1:${PORT}/readyz`, ({ statusCode }) =>
  process.exit(statusCode === 200 ? 0 : 1),
).on('error', () => process.exit(1));
