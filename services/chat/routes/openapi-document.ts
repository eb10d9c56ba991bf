import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';

const FILE = fileURLToPath(new URL('../openapi.yaml', import.meta.url));

/** `GET /openapi.yaml`: the HTTP contract of chat and broadcast (OpenAPI 3.1). */
export const openApiDocument: RequestHandler = (_request, response) => {
  response.type('application/yaml').sendFile(FILE);
};
