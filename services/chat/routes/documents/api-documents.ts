import { fileURLToPath } from 'node:url';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import { type RequestHandler, Router } from 'express';

const DOCUMENTS = ['openapi.yaml', 'asyncapi.yaml'];

/** `GET /openapi.yaml` (OpenAPI 3.1) and `/asyncapi.yaml` (AsyncAPI 3.0): what goes over the wire. */
export function apiDocuments(): Router {
  const router = Router();
  for (const name of DOCUMENTS) {
    const file = fileURLToPath(import.meta.resolve(`@parley/contract/${name}`));
    const get: RequestHandler = (_request, response) =>
      response.type('application/yaml').sendFile(file, { acceptRanges: false });
    router.route(`/${name}`).get(get).all(methodsAllowed('GET', 'HEAD'));
  }
  return router;
}
