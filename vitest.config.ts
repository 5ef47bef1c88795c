import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const src = (path: string): string => new URL(`./src/${path}`, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    // Tests read the sources through the public names; the built package has a test of its own.
    alias: [
      { find: /^circmetrics$/, replacement: src('index.ts') },
      { find: /^circmetrics\/histogram$/, replacement: src('histogram/index.ts') },
      { find: /^circmetrics\/circonus$/, replacement: src('backends/circonus/index.ts') },
      { find: /^circmetrics\/graphite$/, replacement: src('backends/graphite/index.ts') },
      { find: /^circmetrics\/node$/, replacement: src('node/index.ts') },
      { find: /^circmetrics\/opentsdb$/, replacement: src('backends/opentsdb/index.ts') },
      { find: /^circmetrics\/prometheus$/, replacement: src('backends/prometheus/index.ts') },
      { find: /^circmetrics\/statsd$/, replacement: src('backends/statsd/index.ts') },
      { find: /^circmetrics\/testing$/, replacement: src('testing/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: 'test/types/tsconfig.json',
    },
    // At least two: the long tests wait for processes most of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For a busy machine, on which a compiler or a process takes long.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
