import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { needs, PROMETHEUS_PROGRAM } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { standalone } from './grafana/dashboards/standalone.ts';

const CONFIG = new URL('prometheus/standalone.yml', import.meta.url);

interface Answer {
  data: { result: { value: [number, string] }[] };
}

test(
  'every panel of the dashboard for one process has data there',
  needs('prometheus'),
  async () => {
    await using folder = await temporaryFolder();
    await using parley = await startBare('services/standalone', { DATA_DIR: folder.path });
    const config = (await readFile(CONFIG, 'utf8'))
      .replace('127.0.0.1:8080', new URL(parley.url).host)
      .replace('scrape_interval: 10s', 'scrape_interval: 200ms')
      .replace('scrape_timeout: 8s', 'scrape_timeout: 200ms');
    const file = join(folder.path, 'prometheus.yml');
    await writeFile(file, config);
    const port = await freePort();
    const args = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder.path, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const prometheus = spawn(PROMETHEUS_PROGRAM, args, { stdio: 'ignore' });
    try {
      using _reader = new StreamText(parley.url, 'lobby', {});
      const timer = setInterval(() => void post(parley.url, 'lobby', 'a post').catch(() => {}), 50);
      try {
        const panels = standalone.rows.flatMap((row) => row.panels);
        const queries = panels.flatMap(({ title, queries }) =>
          queries.map(({ expr, legend }) => ({ name: `${title}: ${legend}`, expr })),
        );
        assert.ok(queries.length > 15);
        for (const { name, expr } of queries) {
          await until(`${name} has data`, async () => {
            const query = encodeURIComponent(expr.replaceAll('$__rate_interval', '5s'));
            const url = `http://127.0.0.1:${port}/api/v1/query?query=${query}`;
            const response = await fetch(url).catch(() => undefined);
            if (response?.status === 400) throw new Error(`${name}: ${await response.text()}`);
            if (!response?.ok) return false;
            const { data } = (await response.json()) as Answer;
            return data.result.length > 0 && data.result.every(({ value }) => value[1] !== 'NaN');
          });
        }
      } finally {
        clearInterval(timer);
      }
    } finally {
      prometheus.kill('SIGKILL');
    }
  },
);
