import type { Setting } from './settings.ts';

/** Which other sites' pages may use this server. */
export const corsOrigins: Setting<string> = {
  doc: 'Origins of other sites whose pages may use this server, such as https://a.example, with commas between; * for all.',
  format: 'origins',
  default: '',
  env: 'CORS_ORIGINS',
};

/** The origins in a setting's text. */
export function listOrigins(text: string): string[] {
  return text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
}

/** Whether a page of that origin may use the server at that host; programs, which name none, may. */
export function isOriginAllowed(
  { origin, host }: { origin?: string | undefined; host?: string | undefined },
  allowed: string[],
): boolean {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
