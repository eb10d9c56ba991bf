import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const PARLEY = 'http://127.0.0.1:8080';

/** Whole path segments only, because a channel may be called `chat-room`. */
const CHAT = '^/chat(?=[/?]|$)';
const BROADCAST = '^/broadcast(?=[/?]|$)';
const ACCOUNTS = '^/(session|users|search)(?=[/?]|$)';

/** Puts a `.br` and a `.gz` beside each text, for servers without a proxy that compresses. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle({ dir = 'dist' }, bundle) {
      for (const name of Object.keys(bundle).filter((name) => /\.(js|css|html)$/.test(name))) {
        const bytes = readFileSync(join(dir, name));
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(bytes));
        writeFileSync(join(dir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

/** The source is written for React; Preact runs it in a tenth of the size (docs/decisions/page/0066-preact.md). */
const PREACT = {
  'react/jsx-runtime': 'preact/jsx-runtime',
  'react/jsx-dev-runtime': 'preact/jsx-dev-runtime',
  'react-dom/client': 'preact/compat/client',
  'react-dom': 'preact/compat',
  react: 'preact/compat',
};

export default defineConfig({
  base: '/',
  plugins: [precompress()],
  resolve: { alias: PREACT },
  build: {
    // `default-src 'self'` would refuse a data: URI.
    assetsInlineLimit: 0,
    // Compressing takes longer than bundling; Vite need not warn about it.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { proxy: { [CHAT]: PARLEY, [BROADCAST]: PARLEY, [ACCOUNTS]: PARLEY } },
});
