// How processes end by errors that nobody handles: after a last pass, and otherwise as they would without drainOnExit.
import { describe, expect, it } from 'vitest';
import { type Ended, ends, type How, trap } from './ended.js';

/** Runs a script with and without drainOnExit; both must end alike. `counts` is what the receiver got with it. */
async function both(script: string, how: How = {}): Promise<Ended & { readonly counts: readonly string[] }> {
  const without = await ends((await trap()).url, `const drain = () => {};\n${script}`, how);
  const { url, counts } = await trap();
  const ended = await ends(url, `const drain = () => drainOnExit(recorder);\n${script}`, how);
  expect(said(ended)).toEqual(said(without));
  return { ...ended, counts };
}

/**
 * How it ended and what it said, without the line of source above the stack, where that is, and what Node.js did last:
 * these depend on what else was due.
 */
const said = ({ code, by, output }: Ended): unknown => ({
  code,
  by,
  output: output
    .replace(/^(?:\S+:\d+|<anonymous_script>:0)\n(?:.*\n *\^+)?\n/m, '')
    .replace(/^ +at .*\bnode:.*\n/gm, '')
    .replace(/\(node:\d+\)/g, ''),
});

describe.concurrent('an error that nobody handles', () => {
  it.each([
    [
      'an error',
      "function deep() { throw new TypeError('broken', { cause: new Error('why') }); } setTimeout(deep, 20);",
    ],
    ['by the engine', 'setTimeout(() => null.x, 20);'],
    ['made elsewhere', "const made = new Error('broken'); setTimeout(() => { throw made; }, 20);"],
    [
      'an event',
      "import { EventEmitter } from 'node:events'; setTimeout(() => new EventEmitter().emit('error', new Error('broken')), 20);",
    ],
    ['a text', "setTimeout(() => { throw 'broken'; }, 20);"],
    ['undefined', 'setTimeout(() => { throw undefined; }, 20);'],
    ['an object', 'setTimeout(() => { throw { broken: true }; }, 20);'],
    [
      'with an exit code',
      "process.exitCode = 9; process.on('exit', (code) => console.log('exit', code)); setTimeout(() => { throw new Error('broken'); }, 20);",
    ],
    ['at the top', "throw new Error('broken');"],
    ['at the top, later', "await sleep(20); throw new Error('broken');"],
  ])('leaves its stack and exit code after a last pass: %s', async (_, script) => {
    const { code, output, counts } = await both(`drain();\n${script}`);
    expect(code).not.toBe(0);
    expect(output).toContain('Node.js v');
    expect(counts).toEqual(['7']);
  });

  it('shows the line of source where it was made', async () => {
    const { output } = await both("drain();\nsetTimeout(() => { throw new Error('broken'); }, 20);");
    expect(output).toMatch(/^setTimeout\(\(\) => \{ throw new Error\('broken'\); \}, 20\);\n *\^$/m);
  });

  it.each([
    ['throw', "new Error('broken')", 1],
    ['throw', "'broken'", 1],
    ['strict', "new Error('broken')", 1],
    ['strict', "'broken'", 1],
    ['warn-with-error-code', "'broken'", 1],
    ['warn', "'broken'", 0],
    ['none', "'broken'", 0],
  ] as const)('leaves a rejection to --unhandled-rejections=%s: %s', async (mode, reason, code) => {
    const script = `drain(); setTimeout(() => void Promise.reject(${reason}), 20); await sleep(60);`;
    const ended = await both(script, { flags: [`--unhandled-rejections=${mode}`] });
    expect(ended.code).toBe(code);
    expect(ended.output.includes('Node.js v')).toBe(mode === 'throw' || mode === 'strict');
    expect(ended.counts).toEqual(['7']);
  });

  it.each(['strict', 'none'])('ends a module at the top with --unhandled-rejections=%s', async (mode) => {
    const script = "drain(); await sleep(20); throw new Error('broken');";
    const { code, counts } = await both(script, { flags: [`--unhandled-rejections=${mode}`] });
    expect(code).toBe(1);
    expect(counts).toEqual(['7']);
  });

  it('tells monitors once, and no listener of what happens after it', async () => {
    const script = `process.on('uncaughtExceptionMonitor', (error, origin) => console.log('monitor', error.message, origin));
      drain();
      process.on('unhandledRejection', () => console.log('not told'));
      process.on('exit', (code) => console.log('exit', code));
      recorder.onCollect(() => {
        void Promise.reject(new Error('second'));
        setTimeout(() => { throw new Error('third'); });
        return sleep(100);
      });
      setTimeout(() => { throw new Error('first'); }, 20);
      alive();`;
    for (const mode of ['throw', 'strict']) {
      const { output, counts } = await both(script, { flags: [`--unhandled-rejections=${mode}`] });
      expect(output.match(/monitor first uncaughtException/g)).toHaveLength(1);
      expect(output).not.toMatch(/not told|second|third/);
      expect(counts).toEqual(['7']);
    }
  });

  it('does not tell a listener of a rejection that has ended the process (strict)', async () => {
    const script = `drain();
      process.on('unhandledRejection', () => { console.log('not told'); process.exit(0); });
      setTimeout(() => void Promise.reject(new Error('broken')), 20);
      alive();`;
    const { code, output, counts } = await both(script, { flags: ['--unhandled-rejections=strict'] });
    expect([code, output.includes('not told')]).toEqual([1, false]);
    expect(counts).toEqual(['7']);
  });

  it.each([
    ['on, before', "process.on('uncaughtException', handle); drain();"],
    ['on, after', "drain(); process.on('uncaughtException', handle);"],
    ['once, before', "process.once('uncaughtException', handle); drain();"],
    ['a capture callback', 'drain(); process.setUncaughtExceptionCaptureCallback(handle);'],
    ['a domain', "import domain from 'node:domain'; drain(); domain.create().on('error', handle).enter();"],
  ])('is left to the host that handles it: %s', async (_, listen) => {
    const script = `const handle = (error) => { console.log('handled', error.message); setTimeout(() => counter.add(1), 50); };
      ${listen}
      setTimeout(() => { throw new Error('broken'); }, 20);
      setTimeout(() => console.log('alive'), 200);`;
    const { code, output, counts } = await both(script);
    expect([code, output]).toEqual([0, 'handled broken\nalive\n']);
    expect(counts).toEqual(['8']);
  });

  it('is left to the host that handles rejections', async () => {
    const script = `process.on('unhandledRejection', ({ message }) => { console.log(message); counter.add(1); });
      drain(); void Promise.reject(new Error('broken'));`;
    const { code, output, counts } = await both(script);
    expect([code, output, counts]).toEqual([0, 'broken\n', ['8']]);
  });

  it.each([
    ['process.abort()', 'process.abort()'],
    ['SIGKILL', "process.kill(process.pid, 'SIGKILL')"],
  ])('can do nothing about %s', async (_, end) => {
    const { by, counts } = await both(`drain(); setTimeout(() => { ${end}; }, 20); alive();`);
    expect(by).not.toBeNull();
    expect(counts).toEqual([]);
  });

  it('does not delay an error of a listener for the exit', async () => {
    const script = `drain();
      await recorder.close();
      counter.add(1);
      process.on('exit', () => { throw new Error('broken'); });
      setTimeout(() => process.exit(0), 20);
      alive();`;
    const { output, counts } = await both(script);
    expect(output).toContain('Error: broken');
    expect(counts).toEqual(['7']);
  });

  it('ends within the deadline while the receiver hangs, with a warning, its stack and its exit code', async () => {
    const { url, counts } = await trap(true);
    const script = `const told = new Recorder();
      told.counter('c').add(1);
      told.flushTo(circonus({ url }), { every: 60_000 });
      drainOnExit(told, { deadline: 500 });
      alive();
      console.log('ready');
      setTimeout(() => { throw new Error('broken'); }, 20);`;
    const { code, output, ms } = await ends(url, script);
    expect(code).toBe(1);
    expect(counts).toEqual(['1']);
    expect(output).toMatch(
      /It was the last pass: what was not delivered is lost\.[\s\S]*Error: broken\n {4}at /,
    );
    expect(ms).toBeLessThan(10_000);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'is told, although %s comes while it is waited for',
    async (signal) => {
      const { url } = await trap(true);
      const script = `drainOnExit(recorder, { deadline: 60_000 });
      alive();
      setTimeout(() => { throw new Error('broken'); }, 20);
      while (flusher.status().state !== 'flushing') await sleep(5);
      console.log('ready');
      await sleep(100);
      console.log('ready');`;
      const { code, output } = await ends(url, script, { signals: [signal, signal] });
      expect(code).toBe(1);
      expect(output).toContain('Error: broken\n');
    },
  );

  it('is told, although it comes while a signal is answered', async () => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder);
      alive();
      recorder.onCollect(() => { setTimeout(() => { throw new Error('broken'); }, 20); return sleep(200); });
      console.log('ready');`;
    const { code, output } = await ends(url, script, { signals: ['SIGTERM'] });
    expect(code).toBe(1);
    expect(output).toContain('Error: broken\n');
    expect(counts).toEqual(['7']);
  });

  it('ends a worker thread after its last pass, and reaches the main thread', async () => {
    const script = `drain();
      const worker = new Worker(\`
        import { Recorder } from 'circmetrics';
        import { circonus } from 'circmetrics/circonus';
        import { drainOnExit } from 'circmetrics/node';
        const recorder = new Recorder();
        recorder.counter('c').add(8);
        recorder.flushTo(circonus({ url: '\${url}' }), { every: 60_000 });
        \${String(drain).includes('drainOnExit') ? 'drainOnExit(recorder);' : ''}
        setTimeout(() => { throw new RangeError('broken'); }, 20);
        setInterval(() => {}, 1000);\`, { eval: true });
      worker.on('error', (error) => console.log(error.name, error.message));
      worker.on('exit', (code) => console.log('worker', code));`;
    const { output, counts } = await both(script);
    expect(output).toBe('RangeError broken\nworker 1\n');
    expect(counts).toEqual(['8', '7']);
  });
});
