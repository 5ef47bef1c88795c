/**
 * `npm run bench` runs every bench beside this file and writes RESULTS.md, `npm run bench -- histogram record` runs
 * those two. A bench is a file whose default export is a function of a {@link Bench}; it may also export `remarks`,
 * which say in words what of its figures cannot be compared. Exits with 1 if a promise was broken.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Bench, machine, type Outcome } from './harness.js';
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

/** Runs a bench in this process. */
async function run(name: string): Promise<Outcome> {
  const { default: measure, remarks = '' } = (await import(`./${name}.ts`)) as {
    default: (bench: Bench) => void | Promise<void>;
    remarks?: string;
  };
  const begun = performance.now();
  const bench = new Bench(name, remarks);
  await measure(bench);
  console.log(`\n${name} took ${((performance.now() - begun) / 1000).toFixed(0)} s.`);
  return bench.outcome();
}

/** Runs a bench in a process of its own, so that what one has compiled and kept does not slow down the next. */
async function runApart(name: string): Promise<Outcome> {
  const child = fork(fileURLToPath(import.meta.url), [name]);
  let outcome: Outcome | undefined;
  child.once('message', (message) => {
    outcome = message as Outcome;
  });
  await once(child, 'exit');
  if (outcome === undefined) throw new Error(`The bench ${name} ended early.`);
  return outcome;
}

if (process.send !== undefined) {
  // Whatever the other clients keep running must not keep this process.
  process.send(await run(chosen[0]!), () => process.exit());
} else {
  console.log(machine);
  const names = chosen.length > 0 ? chosen : files.filter((file) => !apart.includes(file));
  const outcomes: Outcome[] = [];
  for (const name of names) outcomes.push(await runApart(name));
  const broken = outcomes.reduce((sum, outcome) => sum + outcome.broken, 0);
  console.log(broken === 0 ? '\nEvery promise holds.' : `\n${broken} promises are broken.`);
  if (chosen.length === 0) writeResults(machine, outcomes);
  process.exitCode = broken === 0 ? 0 : 1;
}
