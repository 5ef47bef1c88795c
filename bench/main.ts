/**
 * `npm run bench` runs every bench beside this file, `npm run bench -- histogram record` those two. A bench is a
 * file whose default export is a function of a {@link Bench}. Exits with 1 if a promise was broken.
 */
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { Bench } from './harness.js';

const all = readdirSync(import.meta.dirname)
  .filter((file) => /^[a-z][\w-]*\.ts$/.test(file) && file !== 'main.ts' && file !== 'harness.ts')
  .map((file) => file.slice(0, -3));
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  process.exit(2);
}

const bench = new Bench();
for (const name of chosen.length > 0 ? chosen : all) {
  const { default: run } = (await import(`./${name}.ts`)) as {
    default: (bench: Bench) => void | Promise<void>;
  };
  bench.section(name);
  await run(bench);
}
console.log(bench.broken === 0 ? '\nEvery promise holds.' : `\n${bench.broken} promises are broken.`);
process.exitCode = bench.broken === 0 ? 0 : 1;
