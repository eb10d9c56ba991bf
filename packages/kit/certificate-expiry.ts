import type { X509Certificate } from 'node:crypto';
import type { Metrics } from './metrics.ts';

/** Exports until when a certificate is valid; `name` says whose it is. */
export function exportExpiry(
  metrics: Metrics,
  { name, certificate }: { name: string; certificate: X509Certificate },
): void {
  metrics
    .gauge({
      name: 'parley_certificate_expiry_timestamp_seconds',
      help: 'Until when the certificate in use is valid, in seconds since 1970 (UTC).',
      labels: ['certificate'],
    })
    .set({ certificate: name }, Date.parse(certificate.validTo) / 1000);
}
