import { buffering } from './checks/buffering.ts';
import { certificate } from './checks/certificate.ts';
import { clock } from './checks/clock.ts';
import { compression } from './checks/compression.ts';
import { cookies } from './checks/cookies.ts';
import { cors } from './checks/cors.ts';
import { events } from './checks/events.ts';
import { httpVersion } from './checks/http-version.ts';
import { idle } from './checks/idle.ts';
import { inside } from './checks/inside.ts';
import { limits } from './checks/limits.ts';
import { mail } from './checks/mail.ts';
import { policy } from './checks/policy.ts';
import { provider } from './checks/provider.ts';
import { resume } from './checks/resume.ts';
import { websocket } from './checks/websocket.ts';
import type { Check } from './verdict.ts';

/** Every check, in the order in which they run; the longest one is last. */
export const CHECKS: readonly Check[] = [
  certificate,
  httpVersion,
  inside,
  cors,
  cookies,
  provider,
  policy,
  limits,
  mail,
  buffering,
  compression,
  resume,
  events,
  websocket,
  clock,
  idle,
];
