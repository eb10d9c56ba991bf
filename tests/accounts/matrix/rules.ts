/** Calls of administrators, each with its body and the status that an administrator gets. */
export const RULES: Record<string, { body?: object; status: number }> = {
  'GET /audit': { status: 200 },
  'GET /users': { status: 200 },
  'GET /broadcast/metrics': { status: 200 },
  'POST /users/unknown/suspended': { status: 404 },
  'DELETE /users/unknown/suspended': { status: 404 },
  'POST /users/unknown/reset-link': { status: 404 },
  'POST /users/unknown/email': { body: { email: 'u@example.org' }, status: 404 },
  'POST /users/muted/email': { body: { email: 'm2@example.org' }, status: 202 },
  'GET /invitations': { status: 200 },
  'POST /invitations': { body: {}, status: 201 },
  'DELETE /invitations/none': { status: 404 },
  'PUT /hooks/in/rules': { body: { channel: 'team.red' }, status: 201 },
  'GET /hooks/in': { status: 200 },
  'GET /hooks/in/rules': { status: 200 },
  'DELETE /hooks/in/rules': { status: 204 },
};
