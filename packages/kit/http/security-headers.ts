import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Answers are data, not documents: a browser that shows one must run and load nothing from it. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Headers of every answer, so that a browser uses it only as its content type. Set one by one for
 * speed, because every answer to a post has them.
 */
export function secureAnswer(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', DATA_POLICY);
  response.setHeader('Referrer-Policy', 'no-referrer');
}

/**
 * Headers of a page and its files: scripts, styles and connections only of this server, nothing
 * inline, no text turned into scripts, no frame around the page. The server in front that ends TLS
 * sets Strict-Transport-Security.
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
    // Only for very old browsers and Adobe's programs.
    xXssProtection: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
  });
}
