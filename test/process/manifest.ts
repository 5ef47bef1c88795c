// What package.json says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.js';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  /** What is packed beside package.json, README and LICENSE; less what stands behind a `!`. */
  readonly files: readonly string[];
  readonly typesVersions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly [dependencies: `${string}ependencies`]: Readonly<Record<string, string>> | undefined;
}

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** The subpaths that are code: `.`, `./histogram`, … */
export const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');

/** How a host names them: `circmetrics`, `circmetrics/histogram`, … */
export const specifiers = subpaths.map((subpath) => `circmetrics${subpath.slice(1)}`);
