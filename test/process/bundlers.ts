// The bundlers that hosts use, each as one of its users would set it up: without anything special for this package.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import { build as vite } from 'vite';
import webpack from 'webpack';

/** Bundles a file of a project into a folder, as ES modules, of which `main.mjs` is the first. */
export type Bundle = (entry: string, outdir: string, minify: boolean) => Promise<unknown>;

const withEsbuild =
  (platform: esbuild.Platform): Bundle =>
  (entry, outdir, minify) =>
    esbuild.build({
      entryPoints: { main: entry },
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      minify,
      splitting: true,
      format: 'esm',
      platform,
      logLevel: 'error',
    });

const withRollup: Bundle = async (entry, dir, minify) => {
  // Rollup minifies by plug-ins only.
  const minifier = {
    name: 'minifier',
    renderChunk: (code: string) => (minify ? esbuild.transform(code, { minify, format: 'esm' }) : undefined),
  };
  const bundle = await rollup({
    input: { main: entry },
    plugins: [nodeResolve({ preferBuiltins: true }), minifier],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  await bundle.write({ dir, format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' });
};

const withWebpack =
  (target: string): Bundle =>
  (entry, path, minimize) =>
    new Promise((resolve, reject) => {
      const compiler = webpack({
        mode: 'production',
        target: [target, 'es2022'],
        entry: { main: entry },
        experiments: { outputModule: true },
        output: {
          path,
          filename: '[name].mjs',
          chunkFilename: '[id].mjs',
          module: true,
          library: { type: 'module' },
        },
        optimization: { minimize },
        performance: false,
      });
      compiler?.run((error, stats) => {
        const problems =
          stats?.hasErrors() || stats?.hasWarnings()
            ? stats.toString({ all: false, errors: true, warnings: true })
            : undefined;
        compiler.close(() => {
          if (error !== null || problems !== undefined) reject(error ?? new Error(problems));
          else resolve(stats);
        });
      });
    });

const withVite: Bundle = (entry, outDir, minify) =>
  vite({
    root: join(entry, '..'),
    configFile: false,
    logLevel: 'error',
    build: {
      outDir,
      emptyOutDir: false,
      minify,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: { main: entry },
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
      },
    },
  });

/** By name; whether it bundles for Node.js. */
export const bundlers: Readonly<Record<string, { readonly bundle: Bundle; readonly node: boolean }>> = {
  'esbuild for Node.js': { bundle: withEsbuild('node'), node: true },
  'esbuild for browsers': { bundle: withEsbuild('browser'), node: false },
  'Rollup without its plug-in for CommonJS': { bundle: withRollup, node: true },
  'webpack for Node.js': { bundle: withWebpack('node20'), node: true },
  'webpack for the web': { bundle: withWebpack('web'), node: false },
  Vite: { bundle: withVite, node: false },
};

/** Bytes of all files of a bundle, each compressed. */
export function weight(outdir: string): number {
  const files = readdirSync(outdir, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('js'),
  );
  return files.reduce(
    (sum, file) => sum + gzipSync(readFileSync(join(outdir, file)), { level: 9 }).length,
    0,
  );
}
