import type { Documents, Place } from './documents.ts';

/** What openapi.yaml says about a request. */
export interface Match {
  /** The operation; undefined if the path or the method is not described. */
  operation: Place | undefined;
  /** The possible answers, by status. */
  responses: Place;
  parameters: Place[];
  /** The values of the path's variables, still percent-encoded. */
  variables: Record<string, string>;
  /** The methods of the path; none if the path is not described. */
  methods: string[];
}

interface Route {
  item: Place;
  pattern: RegExp;
  names: string[];
}

/** openapi.yaml, for looking up requests. */
export class HttpContract {
  readonly documents: Documents;
  readonly #routes: Route[];
  readonly #otherwise: Place;

  constructor(documents: Documents) {
    this.documents = documents;
    const paths = documents.find('openapi.yaml', 'paths');
    this.#routes = documents
      .entries(paths)
      .flatMap(([path, item]) => this.#bases(item).map((base) => route(base + path, item)))
      .sort((a, b) => a.names.length - b.names.length);
    this.#otherwise = documents.find('openapi.yaml', 'x-otherwise', 'responses') as Place;
  }

  /** The description of a method at a path without its query. */
  match(method: string, path: string): Match {
    const nothing = { operation: undefined, responses: this.#otherwise, parameters: [] };
    const found = this.#routes.find(({ pattern }) => pattern.test(path));
    if (!found) return { ...nothing, variables: {}, methods: [] };
    const { item, pattern, names } = found;
    const values = pattern.exec(path)?.slice(1) ?? [];
    const variables = Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
    const methods = this.#methods(item);
    const { documents } = this;
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    const operation = documents.under(item, verb);
    if (!operation || !methods.includes(method)) return { ...nothing, variables, methods };
    const parameters = [item, operation].flatMap((place) =>
      documents.entries(documents.under(place, 'parameters')).map(([, parameter]) => parameter),
    );
    const responses = documents.under(operation, 'responses') as Place;
    return { operation, responses, parameters, variables, methods };
  }

  /** The description of bytes that could not be read as a request. */
  unread(): Match {
    return {
      operation: undefined,
      responses: this.#otherwise,
      parameters: [],
      variables: {},
      methods: [],
    };
  }

  #bases(item: Place): string[] {
    const servers = this.documents.entries(this.documents.under(item, 'servers'));
    const urls = servers.map(([, server]) => (server.value as { url: string }).url);
    return (urls.length > 0 ? urls : ['/']).map((url) => url.replace(/\/$/, ''));
  }

  /** HEAD goes with every GET that is neither a stream nor a WebSocket. */
  #methods(item: Place): string[] {
    const responses = ['get', 'responses'];
    const stream =
      this.documents.under(item, ...responses, '101') ??
      this.documents.under(item, ...responses, '200', 'content', 'text/event-stream');
    return ['get', 'post', 'put', 'patch', 'delete']
      .filter((verb) => this.documents.under(item, verb))
      .flatMap((verb) => (verb === 'get' && !stream ? ['GET', 'HEAD'] : [verb.toUpperCase()]));
  }
}

function route(path: string, item: Place): Route {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const source = path
    .split(/\{\w+\}/)
    .map((text) => RegExp.escape(text))
    .join('([^/]+)');
  return { item, names, pattern: new RegExp(`^${source}$`) };
}
