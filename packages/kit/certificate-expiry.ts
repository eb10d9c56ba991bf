import type { X509Certificate } from 'node:crypto';
import type { Metrics } from './metrics.ts';

/** Exports when a certificate expires; `name` is its label. */
export function exportExpiry(
  metrics: Metrics,
  { name, certificate }: { name: string; certificate: X509Certificate },
): void {
  metrics
    .gauge({
      name: 'parley_certificate_expiry_timestamp_seconds',
      help: 'When the certificate in use expires, in seconds since 1970 (UTC).',
      labels: ['certificate'],
    })
    .set({ certificate: name }, Date.parse(certificate.validTo) / 1000);
}
