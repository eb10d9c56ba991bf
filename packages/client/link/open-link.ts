import type { Http } from '../http.ts';
import { eventSourceStream } from '../stream/event-source.ts';
import { fetchStream } from '../stream/fetch-stream.ts';
import type { StreamSource } from '../stream/source.ts';
import { DirectLink } from './direct-link.ts';
import type { Link, LinkListener } from './link.ts';
import { canShare, SharedLink } from './shared-link.ts';

export type { Link };

interface LinkOptions {
  presence?: boolean;
  share?: boolean;
  silenceMs?: number;
  fetch?: typeof fetch;
  listener: LinkListener;
}

/** Opens the link of a client: in a browser shared by the tabs of one person. */
export function openLink(http: Http, options: LinkOptions): Link {
  const { presence = true, share = true, silenceMs, listener } = options;
  const parts = { http, source: chooseSource(http, options), presence, silenceMs, listener };
  if (!share || !canShare()) return new DirectLink(parts);
  return whenKnown(http, (name) =>
    name === undefined ? new DirectLink(parts) : new SharedLink(name, parts),
  );
}

/** Opens a link once it is known whose connection it is. */
function whenKnown(http: Http, open: (name: string | undefined) => Link): Link {
  let names: readonly string[] = [];
  let link: Link | undefined;
  let closed = false;
  const begin = (subject: string | undefined) => {
    if (closed) return;
    link = open(subject === undefined ? undefined : `${http.url('')} ${subject}`);
    link.want(names);
  };
  http.subject().then(begin, () => begin(undefined));
  return {
    want(wanted) {
      names = wanted;
      link?.want(wanted);
    },
    reopen: () => link?.reopen(),
    doubt: () => link?.doubt(),
    rest: () => link?.rest(),
    wake: () => link?.wake(),
    close() {
      closed = true;
      link?.close();
    },
  };
}

function chooseSource(http: Http, { fetch: ownFetch }: LinkOptions): StreamSource {
  const { EventSource } = globalThis as { EventSource?: Parameters<typeof eventSourceStream>[1] };
  return EventSource && ownFetch === undefined
    ? eventSourceStream(http, EventSource)
    : fetchStream(http);
}
