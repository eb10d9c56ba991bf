/** The header that shows a token (RFC 6750 section 2.1); empty without a token. */
export function bearerHeader(token: string | undefined): { Authorization?: string } {
  return token ? { Authorization: `Bearer ${token}` } : {};
}
