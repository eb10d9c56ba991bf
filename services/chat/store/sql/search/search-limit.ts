/** How long one select of the index may take. */
export const SEARCH_LIMIT_MS = 1_000;
