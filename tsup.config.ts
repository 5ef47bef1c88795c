import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { rollup, type SourceMap } from 'rollup';
import { defineConfig, type Options } from 'tsup';

/** One entry for each subpath of package.json. */
export const entry: Readonly<Record<string, string>> = {
  index: 'src/index.ts',
  histogram: 'src/histogram/index.ts',
  circonus: 'src/backends/circonus/index.ts',
  graphite: 'src/backends/graphite/index.ts',
  node: 'src/node/index.ts',
  opentsdb: 'src/backends/opentsdb/index.ts',
  prometheus: 'src/backends/prometheus/index.ts',
  statsd: 'src/backends/statsd/index.ts',
  testing: 'src/testing/index.ts',
};

/** The outputs are written at the same time, so none of them cleans the folder. */
const shared: Options = {
  entry: { ...entry },
  format: 'esm',
  tsconfig: 'src/tsconfig.json',
  target: 'es2022',
  // The core runs in any JavaScript runtime.
  platform: 'neutral',
  external: [/^node:/],
  removeNodeProtocol: false,
};

const mapped: Options = {
  ...shared,
  splitting: true,
  sourcemap: true,
  esbuildOptions(options) {
    // The maps lead to src/, which is part of the package.
    options.sourcesContent = false;
  },
};

/** Keeps where each line of the source is, which is what stack traces show. With every column, maps are a third of dist/. */
function byLine({ version, sources, mappings }: SourceMap): object {
  const lines = decode(mappings).map((segments) => {
    let previous: number | undefined;
    return segments.flatMap(([column, source = 0, line = 0, sourceColumn = 0]) => {
      if (line === previous) return [];
      previous = line;
      return [[column, source, line, sourceColumn] as [number, number, number, number]];
    });
  });
  return { version, sources, names: [], mappings: encode(lines) };
}

/**
 * Writes each file in a format. CommonJS, because esbuild's reads imports through getters, on the hot path too; ES
 * modules, because esbuild's import files that they need nothing of.
 */
function written(format: 'es' | 'cjs'): NonNullable<Options['plugins']>[number] {
  return {
    name: format,
    async renderChunk(code, { path, map }) {
      const only = {
        name: 'only',
        resolveId: (id: string) => id === path && id,
        load: () => ({ code, map: map as string }),
      };
      const bundle = await rollup({
        input: path,
        plugins: [only],
        makeAbsoluteExternalsRelative: false,
        // No file has effects that one could import it for.
        treeshake: { moduleSideEffects: 'no-external' },
      });
      const { output } = await bundle.generate({
        file: path,
        format,
        sourcemap: 'hidden',
        interop: 'default',
        esModule: false,
        externalLiveBindings: false,
        // Jest cannot run `import()` in CommonJS.
        dynamicImportInCjs: false,
      });
      return { code: output[0].code, map: byLine(output[0].map as SourceMap) };
    },
  };
}

/** Leads whatever an entry exports to the CommonJS file of that entry. */
const wrapper: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'wrapper',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ importer, kind }) => {
      if (kind === 'entry-point') return undefined;
      const [name] = Object.entries(entry).find(([, source]) => resolve(source) === importer) ?? [];
      return { path: `./${name}.cjs`, external: true };
    });
  },
};

/** Writes the declarations, with maps to src/. CommonJS can use them as well, so there is one set for both. */
function declare(outDir: string): void {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [compiler, '-p', 'src', '--noEmit', 'false', '--outDir', join(outDir, 'types')];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
  writeFileSync(join(outDir, 'types/package.json'), '{ "type": "commonjs" }\n');
  for (const [name, source] of Object.entries(entry)) {
    const types = `./types/${relative('src', source).replace(/ts$/, 'js')}`;
    writeFileSync(join(outDir, `${name}.d.ts`), `export * from '${types}';\n`);
  }
}

export default defineConfig(({ outDir = 'dist' }) => [
  // For bundlers, which drop what is not used, and for browsers.
  { ...mapped, name: 'esm', plugins: [written('es')] },
  // For Node.js: one program for `import` and `require`.
  {
    ...mapped,
    name: 'commonjs',
    outExtension: () => ({ js: '.cjs' }),
    plugins: [written('cjs')],
    onSuccess: async () => declare(outDir),
  },
  {
    ...shared,
    name: 'node',
    splitting: false,
    outExtension: () => ({ js: '.mjs' }),
    esbuildPlugins: [wrapper],
  },
]);
