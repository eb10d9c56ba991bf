import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** The client library as one minified ES module. */
export async function bundleClient(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@parley/client'));
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: true, lib: { entry, formats: ['es'], fileName: 'client' } },
  });
  const [output] = [built].flat();
  if (!output || !('output' in output)) throw new Error('vite built nothing');
  return output.output[0].code;
}
