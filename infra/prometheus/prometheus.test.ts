import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { broadcastPartSettings } from '@parley/broadcast/settings.ts';
import { brokerPartSettings } from '@parley/broker/settings.ts';
import { catalogPartSettings } from '@parley/catalog/settings.ts';
import { chatPartSettings } from '@parley/chat/settings.ts';
import { hooksPartSettings } from '@parley/hooks/settings.ts';
import { parse } from 'yaml';
import { PROMETHEUS } from './rule-files.ts';

interface ScrapeConfig {
  job_name: string;
  dns_sd_configs: { names: string[]; type: string; port: number }[];
}

test('Prometheus scrapes every service at its default port', () => {
  const { scrape_configs } = parse(readFileSync(`${PROMETHEUS}prometheus.yml`, 'utf8'));
  const targets = (scrape_configs as ScrapeConfig[]).flatMap(({ job_name, dns_sd_configs }) =>
    dns_sd_configs.map(({ names, type, port }) => [job_name, ...names, type, port]),
  );
  assert.deepEqual(targets, [
    ['chat', 'chat', 'A', chatPartSettings.port.default],
    ['broadcast', 'broadcast', 'A', broadcastPartSettings.port.default],
    ['catalog', 'catalog', 'A', catalogPartSettings.port.default],
    ['hooks', 'hooks', 'A', hooksPartSettings.port.default],
    ['broker', 'broker', 'A', brokerPartSettings.port.default],
  ]);
});
