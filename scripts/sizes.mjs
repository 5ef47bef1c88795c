// What each subpath weighs for whoever bundles it: minified by esbuild and compressed by gzip, in kB (1,000 bytes).
// Writes the table of the README, between the two comments that name it; with --check, says whether that is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const readme = join(root, 'README.md');
const table = /(?<=<!-- sizes -->\n).*?(?=<!-- \/sizes -->)/s;

/** Bytes of a bundle of these files of dist/, all of what they export. */
async function bundled(names) {
  const { outputFiles } = await build({
    stdin: {
      contents: names.map((name, i) => `export * as m${i} from './dist/${name}.js';`).join('\n'),
      resolveDir: root,
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'node',
    write: false,
    // Chunks that another one loads alone are told as ignored imports, which is what is wanted.
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

/** For each subpath its bytes alone, and beside `circmetrics`. */
async function sizes() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const subpaths = Object.keys(exports).filter((subpath) => subpath !== './package.json');
  const core = await bundled(['index']);
  return Promise.all(
    subpaths.map(async (subpath) => {
      const name = subpath === '.' ? 'index' : subpath.slice(2);
      const beside = name === 'index' ? core : (await bundled(['index', name])) - core;
      return { name: `circmetrics${subpath.slice(1)}`, alone: await bundled([name]), beside };
    }),
  );
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** The table as the README should have it. */
function written(rows) {
  const lines = rows.map(
    ({ name, alone, beside }) =>
      `| ${`\`${name}\``.padEnd(24)} | ${kB(alone).padStart(7)} | ${kB(beside).padStart(20)} |\n`,
  );
  return `| import                   |   alone | beside \`circmetrics\` |\n|---|---|---|\n${lines.join('')}`;
}

/** What of the README's table is further from the truth than a twentieth and half a kilobyte. */
function stale(rows) {
  const cells = (table.exec(readFileSync(readme, 'utf8'))?.[0] ?? '').matchAll(
    /^\| `([^`]+)` +\| +([\d.]+) kB \| +([\d.]+) kB \|$/gm,
  );
  const told = new Map(Array.from(cells, ([, name, ...sizes]) => [name, sizes.map(Number)]));
  const far = (bytes, said) => !(Math.abs(bytes / 1000 - said) <= Math.max(0.5, bytes / 20_000));
  const differ = rows.filter(
    ({ name, alone, beside }) =>
      far(alone, told.get(name)?.[0] ?? NaN) || far(beside, told.get(name)?.[1] ?? NaN),
  );
  return told.size === rows.length ? differ : rows;
}

const rows = await sizes();
if (process.argv.includes('--check')) {
  const names = stale(rows).map(({ name }) => name);
  if (names.length > 0) {
    process.stderr.write(`Stale in the README, see npm run sizes: ${names.join(', ')}\n`);
    process.exitCode = 1;
  }
} else {
  const text = written(rows);
  writeFileSync(readme, readFileSync(readme, 'utf8').replace(table, text));
  process.stdout.write(text);
}
