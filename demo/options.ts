import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm start -- [--seconds <n>] [--help]

Runs a small HTTP service under a synthetic load. circmetrics records what it does and pushes it, every second,
to an HTTPTrap receiver beside it; what arrives there is shown here.

  --seconds <n>   end after so many seconds, 1 to 3600 (default: 20)
  --help          show this text

Ctrl-C ends the load, sends what is left, and compares what arrived with what was recorded.`;

export type Options =
  | { readonly run: { readonly seconds: number } }
  | { readonly help: true }
  | { readonly mistake: string };

/** What the command line asks for; never throws. */
export function parseOptions(args: string[]): Options {
  let values: { seconds?: string | undefined; help?: boolean | undefined };
  try {
    const options = { seconds: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    // Node's words, up to where they turn to advice about positional arguments.
    const [reason = ''] = (error as Error).message.split(/\.\s|\.$|\n/);
    return { mistake: reason };
  }
  if (values.help === true) return { help: true };

  const text = values.seconds ?? '20';
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= 1 && seconds <= 3600)) {
    return { mistake: `--seconds takes a number from 1 to 3600, not '${text}'` };
  }
  return { run: { seconds } };
}
