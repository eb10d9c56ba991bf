import { connect, type Message } from '@parley/client';
import { useChannel, useConnection } from '@parley/client/react';
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** What this page needs of the browser; the tests are checked with Node's types. */
const { location, document } = globalThis as unknown as {
  location: { origin: string };
  document: { body: Parameters<typeof createRoot>[0] };
};

/**
 * A page for the tests: a list of a channel that the page has opened itself, two lists of one
 * channel, a list of another, and what the tests click.
 */
const client = connect(location.origin, { username: 'ada', share: false });
client.channel('own', { last: 1 }).on('message', () => undefined);

function List({ name }: { name: string }) {
  const { events, error, channel } = useChannel(client, name, { last: 3 });
  const texts = events.map((event) => (event as Message).message).join(' ');
  const shown = error ? error.code : texts;
  const post = () => void channel?.send('posted');
  return createElement('p', { className: 'list', onClick: post }, `${name}: ${shown}`);
}

function App() {
  const state = useConnection(client);
  const [names, setNames] = useState(['own', 'one', 'one', 'two']);
  return createElement(
    'main',
    null,
    createElement('output', null, state),
    createElement('button', { type: 'button', onClick: () => setNames(names.slice(1)) }, 'fewer'),
    createElement(
      'button',
      { type: 'button', id: 'more', onClick: () => setNames([...names, 'three']) },
      'more',
    ),
    ...names.map((name, i) => createElement(List, { key: names.length - i, name })),
  );
}

createRoot(document.body).render(createElement(StrictMode, null, createElement(App)));
