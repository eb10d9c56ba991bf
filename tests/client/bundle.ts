import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** A module and what it imports as one minified ES module. */
export async function bundle(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      lib: { entry, formats: ['es'], fileName: 'bundle' },
      // Without this Vite keeps the white space of libraries.
      rolldownOptions: { output: { minify: true } },
    },
  });
  const [output] = [built].flat();
  if (!output || !('output' in output)) throw new Error('vite built nothing');
  return output.output[0].code;
}

/** The client library as one module. */
export function bundleClient(): Promise<string> {
  return bundle(fileURLToPath(import.meta.resolve('@parley/client')));
}
