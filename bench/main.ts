/**
 * `npm run bench` runs every bench beside this file and writes RESULTS.md, `npm run bench -- histogram record` runs
 * those two. A bench is a file whose default export is a function of a {@link Bench}; it may also export `remarks`,
 * which say in words what of its figures cannot be compared. Exits with 1 if a promise was broken.
 */
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { Bench } from './harness.js';
import { writeResults } from './results.js';

/** What is there for the benches. */
const helpers = ['main', 'harness', 'results'];
/** What only runs where it is asked for. */
const apart = ['guard'];

const files = readdirSync(import.meta.dirname)
  .filter((file) => /^[a-z][\w-]*\.ts$/.test(file))
  .map((file) => file.slice(0, -3))
  .filter((name) => !helpers.includes(name))
  .sort();
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !files.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${files.join(', ')}.`);
  process.exit(2);
}

const bench = new Bench();
for (const name of chosen.length > 0 ? chosen : files.filter((file) => !apart.includes(file))) {
  const { default: run, remarks } = (await import(`./${name}.ts`)) as {
    default: (bench: Bench) => void | Promise<void>;
    remarks?: string;
  };
  const begun = performance.now();
  bench.section(name, remarks);
  await run(bench);
  console.log(`\n${name} took ${((performance.now() - begun) / 1000).toFixed(0)} s.`);
}
console.log(bench.broken === 0 ? '\nEvery promise holds.' : `\n${bench.broken} promises are broken.`);
if (chosen.length === 0) writeResults(bench);
process.exitCode = bench.broken === 0 ? 0 : 1;
