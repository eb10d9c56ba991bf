import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';

/** Data is no document: a browser that shows it all the same runs and loads nothing of it. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Says of every answer that it is nothing but what it says it is; set one by one, as each post has them. */
export function secureAnswer(response: Response): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', DATA_POLICY);
  response.setHeader('Referrer-Policy', 'no-referrer');
}

/**
 * The headers of a page and its files: scripts, styles and connections of this server alone, nothing
 * inline, no strings made into scripts, no frame around it. Over what it is read, and for how long
 * that has to be TLS, is said by whatever ends TLS.
 */
export function securePage(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
    // For browsers of long ago, and for Adobe's.
    xXssProtection: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
  });
}
