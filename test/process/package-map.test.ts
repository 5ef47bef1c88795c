// What package.json and the lock file say, which needs no installed package.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entry } from '../../tsup.config.js';
import { manifest, subpaths } from './manifest.js';
import { root } from './project.js';

describe('the map of the package', () => {
  const names = subpaths.map((subpath) => (subpath === '.' ? 'index' : subpath.slice(2)));

  it('has one subpath for each entry of the build, in the same order', () => {
    expect(names).toEqual(Object.keys(entry));
    for (const source of Object.values(entry)) expect(existsSync(join(root, source)), source).toBe(true);
  });

  it('has an entry for every backend, and for every other folder that is one', () => {
    const backends = readdirSync(join(root, 'src/backends'), { withFileTypes: true })
      .filter((entry) => existsSync(join(root, `src/backends/${entry.name}/index.ts`)))
      .map(({ name }) => [name, `src/backends/${name}/index.ts`]);
    const folders = ['histogram', 'node', 'testing']
      .filter((name) => existsSync(join(root, `src/${name}/index.ts`)))
      .map((name) => [name, `src/${name}/index.ts`]);
    expect(entry).toEqual({ index: 'src/index.ts', ...Object.fromEntries([...folders, ...backends]) });
  });

  it('leads bundlers to ES modules, and Node.js to one program however it asks, types first', () => {
    const expected = ([name, source]: readonly [string, string]): object => {
      const [types, esm] = [`./dist/${name}.d.ts`, `./dist/${name}.js`];
      const commonJsTypes = source.replace('src/', './dist/types/').replace('.ts', '.d.ts');
      return {
        module: { types, default: esm },
        node: {
          import: { types, default: `./dist/${name}.mjs` },
          require: { types: commonJsTypes, default: `./dist/${name}.cjs` },
        },
        default: { types, default: esm },
      };
    };
    // As text, because the order of conditions counts.
    const written = subpaths.map((subpath) => JSON.stringify(manifest.exports[subpath]));
    expect(written).toEqual(Object.entries(entry).map((one) => JSON.stringify(expected(one))));
    // Compilers that read no `exports` find the types here.
    const types = names.slice(1).map((name) => [name, [`./dist/${name}.d.ts`]]);
    expect(manifest.typesVersions).toEqual({ '*': Object.fromEntries(types) });
  });

  it('is known to the tests under the same names', () => {
    const config = readFileSync(join(root, 'vitest.config.ts'), 'utf8');
    for (const [name, source] of Object.entries(entry)) {
      expect(config, `${name} in vitest.config.ts`).toContain(`'${source.replace('src/', '')}'`);
    }
  });
});

describe('the lock file', () => {
  interface Entry {
    readonly version?: string;
    readonly resolved?: string;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Entry>>;
  };

  it('holds no address', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/registry/);
  });

  it('has everything that anything in it needs, for every platform; npm ci refuses one that has not', () => {
    /** Where a package's dependency would be found: in its own node_modules, or in one above. */
    const found = (from: string, name: string): boolean => {
      for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
        const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
        if (packages[path]?.version !== undefined) return true;
        if (folder === '' || !folder.includes('/node_modules/')) {
          return packages[`node_modules/${name}`]?.version !== undefined;
        }
      }
    };
    const missing = Object.entries(packages).flatMap(([from, entry]) =>
      Object.keys({ ...entry.dependencies, ...entry.devDependencies, ...entry.optionalDependencies })
        .filter((name) => !found(from, name))
        .map((name) => `${name}, which ${from} needs`),
    );
    expect(missing).toEqual([]);
  });
});
