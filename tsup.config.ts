import { defineConfig } from 'tsup';

export default defineConfig({
  // One entry a subpath export of package.json.
  entry: {
    index: 'src/index.ts',
    histogram: 'src/histogram/index.ts',
    circonus: 'src/backends/circonus/index.ts',
    graphite: 'src/backends/graphite/index.ts',
    node: 'src/node/index.ts',
    prometheus: 'src/backends/prometheus/index.ts',
    statsd: 'src/backends/statsd/index.ts',
    testing: 'src/testing/index.ts',
  },
  tsconfig: 'src/tsconfig.json',
  format: ['esm'],
  target: 'es2022',
  // No `node:` built-ins are assumed: the core runs in any JavaScript runtime.
  platform: 'neutral',
  // The declarations name Symbol.dispose, which a host's compiler knows only when it is told.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  splitting: true,
  // Comments are in the declarations; scripts/build.mjs shortens what names may be short.
  esbuildOptions(options) {
    options.minifyWhitespace = true;
    options.minifySyntax = true;
  },
  clean: true,
  // tslib is bundled, so that `dependencies` stays empty.
  noExternal: ['tslib'],
  external: [/^node:/],
  // Kept, so that whoever reads the package sees what is Node's.
  removeNodeProtocol: false,
});
