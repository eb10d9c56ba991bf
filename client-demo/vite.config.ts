import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const PARLEY = 'http://127.0.0.1:8080';

/** Whole path segments only: a channel may be called `chat-room`. */
const CHAT = '^/chat(?=[/?]|$)';
const BROADCAST = '^/broadcast(?=[/?]|$)';
const ACCOUNTS = '^/(session|users)(?=[/?]|$)';

export default defineConfig({
  base: '/',
  plugins: [react()],
  build: {
    // A data: URI would be refused under `default-src 'self'`.
    assetsInlineLimit: 0,
  },
  server: { proxy: { [CHAT]: PARLEY, [BROADCAST]: PARLEY, [ACCOUNTS]: PARLEY } },
});
