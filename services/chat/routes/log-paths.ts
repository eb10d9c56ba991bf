/** The two paths of a route of the log: widely used clients call the second. */
export function logPaths(path: string): string[] {
  return [`/chat${path}`, `/api/chat${path}`];
}
