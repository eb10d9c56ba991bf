import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { openDeployments } from '../accounts/account-deployments.ts';
import { newAdministrator } from '../accounts/administrator.ts';
import { startReceiver } from './receiver.ts';

let hooks = 0;

/** A server whose hooks may post to 127.0.0.1, and an administrator who makes hooks there. */
export function openHooksDeployment(env: Record<string, string> = {}) {
  const deployments = openDeployments(async () => ({ HOOKS_ALLOW: '127.0.0.1', ...env }));
  let root: ReturnType<typeof newAdministrator> | undefined;
  const administrator = () => {
    root ??= newAdministrator(deployments.url, deployments.first.folder);
    return root;
  };
  const send = async (method: string, path: string, body?: object) =>
    (await administrator()).browser.send(method, path, body);
  return {
    deployments,
    administrator,
    send,
    /** Makes a hook for a receiver that listens on a host; `url` is where the hook posts instead. */
    async hook(fields: object, { host = '127.0.0.1', url }: { host?: string; url?: string } = {}) {
      const secret = `whsec_${randomBytes(24).toString('base64')}`;
      const receiver = deployments.stack.use(await startReceiver(secret, { host }));
      const name = `hook-${++hooks}`;
      const hook = { url: url ?? receiver.url, secret, ...fields };
      assert.equal((await send('PUT', `/hooks/${name}`, hook)).status, 201);
      return { name, receiver };
    },
    /** The hook as administrators see it. */
    see: async (name: string) =>
      (await send('GET', `/hooks/${name}`)).body as unknown as {
        state: string;
        why?: string;
        setAside: number;
        failing: { channel: string; tries: number; reason: string }[];
      },
  };
}
