import { get } from 'node:http';

/** Health check of a container: exits with 0 when its service is ready (`/readyz`), else with 1. */
const { PORT = '8080' } = process.env;

get(`http://127.0.0.1:${PORT}/readyz`, ({ statusCode }) =>
  process.exit(statusCode === 200 ? 0 : 1),
).on('error', () => process.exit(1));
