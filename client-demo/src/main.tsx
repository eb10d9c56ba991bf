import './view/tokens.css';
import './view/base.css';
import './view/name-hue.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { openStorage } from './browser-storage.ts';
import { Outbox } from './outbox.ts';
import { postMessage } from './post-message.ts';

const outbox = new Outbox({
  post: postMessage,
  storage: openStorage(() => sessionStorage),
});
addEventListener('online', () => outbox.retryNow());

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App outbox={outbox} settings={openStorage(() => localStorage)} />
    </StrictMode>,
  );
}
