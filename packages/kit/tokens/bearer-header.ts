/** The header that shows a token (RFC 6750 section 2.1), where there is one. */
export function bearerHeader(token: string | undefined): { Authorization?: string } {
  return token ? { Authorization: `Bearer ${token}` } : {};
}
