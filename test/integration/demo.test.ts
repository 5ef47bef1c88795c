// The demo as its users start it: a process of its own, with the built package.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../demo/options.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const EQUAL =
  /^What arrived equals what was recorded: ([\d,]+) requests in \d+ series, [\d,]+ samples in 10 histograms\.$/m;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

function start(...args: string[]): {
  child: ChildProcess;
  ended: Promise<Ended>;
  until(text: string): Promise<void>;
} {
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/main.ts', ...args], { cwd: root });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  const until = async (text: string): Promise<void> => {
    while (!out.includes(text) && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, ended, until };
}

/** Without warnings of passes that took longer than their second, which happens on a busy machine. */
function unhurried(err: string): string {
  return err.replace(
    /^.*(MetricsWarning: .*(\(timeout\)\. It is retried|works again)|--trace-warnings).*\n/gm,
    '',
  );
}

describe.concurrent('the demo', () => {
  it('ends by itself, and what arrived equals what was recorded', async () => {
    const { code, out, err } = await start('--seconds', '4').ended;
    expect(unhurried(err)).toBe('');
    expect(out).toMatch(EQUAL);
    expect(code).toBe(0);
    expect(Number(EQUAL.exec(out)?.[1]?.replaceAll(',', ''))).toBeGreaterThan(100);

    // A table each second, or less often on a busy machine: a header with units, a line for each route, and one for all of them.
    expect(out.match(/^second \d+ /gm)?.length).toBeGreaterThanOrEqual(1);
    expect(out).toMatch(/^route +req\/s +err\/s +p50 +p90 +p99 +p99\.9 +1 ms +10 ms +100 ms +1 s$/m);
    expect(out).toMatch(/^\/items\/\{id\} +\d+ +\d+\.\d( +[\d.]+){4} +[▁▂▃▄▅▆▇█ ]+$/m);
    expect(out).toMatch(/^all +\d+ +\d+\.\d( +[\d.]+){4} +[▁▂▃▄▅▆▇█ ]+$/m);
    // Nothing but text where there is no terminal, and no line too long for one.
    expect(out).not.toContain('\x1b');
    const lines = out.replace(EQUAL, '').split('\n');
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('drains on %s, compares, and ends at once', async (signal) => {
    const { child, ended, until } = start('--seconds', '600');
    await until('second 1 ');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const sent = performance.now();
    child.kill(signal);
    // npm hands its child the Ctrl-C that the terminal has sent to both.
    setTimeout(() => child.kill(signal), 5);
    const { code, out, err } = await ended;
    expect(unhurried(err)).toBe('');
    expect(out).toMatch(EQUAL);
    expect(code).toBe(0);
    expect(performance.now() - sent).toBeLessThan(5_000);
  });

  it('says in one line what it cannot do', async () => {
    const { code, out, err } = await start('--secnods', '3').ended;
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe("demo: Unknown option '--secnods' (see npm start -- --help)\n");
  });

  it('shows how it is used', async () => {
    const { code, out, err } = await start('--help').ended;
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('--seconds <n>');
  });
});

describe('options', () => {
  it.each([
    [[], { run: { seconds: 20 } }],
    [['--seconds', '5'], { run: { seconds: 5 } }],
    [['--seconds=2.5'], { run: { seconds: 2.5 } }],
    [['-h'], { help: true }],
  ])('takes %j', (args, options) => {
    expect(parseOptions(args)).toEqual(options);
  });

  it.each([
    [['--seconds', '0'], "--seconds takes a number from 1 to 3600, not '0'"],
    [['--seconds', '3601'], "--seconds takes a number from 1 to 3600, not '3601'"],
    [['--seconds', 'ten'], "--seconds takes a number from 1 to 3600, not 'ten'"],
    [['--seconds='], "--seconds takes a number from 1 to 3600, not ''"],
    [['--seconds', '1e3'], "--seconds takes a number from 1 to 3600, not '1e3'"],
    [['--seconds=-3'], "--seconds takes a number from 1 to 3600, not '-3'"],
    [['--seconds', '-3'], expect.stringMatching(/^Option '--seconds.*' argument is ambiguous$/)],
    [['--seconds'], expect.stringMatching(/^Option '--seconds.*' argument missing$/)],
    [['--help=yes'], expect.stringMatching(/^Option '-h, --help' does not take an argument$/)],
    [['5'], expect.stringMatching(/^Unexpected argument '5'/)],
    [['-x'], "Unknown option '-x'"],
  ])('says what is wrong with %j', (args, mistake) => {
    expect(parseOptions(args)).toEqual({ mistake });
  });
});
