import { Recorder } from 'circmetrics';
import { circonus } from 'circmetrics/circonus';
import { showBoard } from './board.js';
import { runLoad } from './load.js';
import { parseOptions, USAGE } from './options.js';
import { startShop } from './service.js';
import { newTally } from './tally.js';
import { startTrap } from './trap/trap.js';
import { verdict } from './verdict.js';

/** The same seed, the same load; only the clock differs from run to run. */
const SEED = 20_160_229;

/** The whole demo: a service, its load, a flusher, and the receiver it pushes to. */
async function run(seconds: number): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort();
  endOnSignals(end);
  process.stdout.on('error', end);
  const timer = setTimeout(end, seconds * 1000);

  const trap = await startTrap({ port: 0 });
  const tally = newTally();

  const recorder = new Recorder({ tags: { app: 'shop' } });
  const shop = await startShop(recorder, tally, SEED);
  recorder.flushTo(circonus({ url: trap.url }), { every: 1000 });

  console.log(`A shop at ${shop.url} is under load for ${seconds} s. Every second its metrics go to`);
  console.log(`${trap.url}\nand this is what arrives:\n`);
  const endBoard = showBoard(trap, process.stdout);
  await runLoad(shop.url, SEED, ending.signal);
  clearTimeout(timer);

  await shop.close();
  await recorder.close(); // Sends what has not been sent.
  endBoard();
  await trap.close();

  const { equal, words } = verdict(tally, trap.metrics());
  console.log(words);
  if (!equal) process.exitCode = 1;
}

/**
 * The first signal ends the load, and a later one the process. Those that follow at once are the same Ctrl-C: npm
 * hands on to its child what the terminal has already sent to both.
 */
function endOnSignals(end: () => void): void {
  let first: number | undefined;
  const onSignal = () => {
    first ??= performance.now();
    if (performance.now() - first > 1000) process.exit(130);
    end();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
}

const options = parseOptions(process.argv.slice(2));
if ('mistake' in options) {
  console.error(`demo: ${options.mistake} (see npm start -- --help)`);
  process.exitCode = 2;
} else if ('help' in options) {
  console.log(USAGE);
} else {
  await run(options.run.seconds);
}
