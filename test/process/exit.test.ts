// How processes end that have flushers: by themselves, by signals, by process.exit(), with a receiver that hangs.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ends, nowhere, trap } from './ended.js';

const bySignal = { signals: ['SIGTERM'] } as const;

describe.concurrent('a process', () => {
  it('ends by itself while a flusher is attached', async () => {
    const { url, counts } = await trap();
    expect(await ends(url, '')).toMatchObject({ code: 0, by: null, output: '' });
    expect(counts).toEqual([]);
  });

  it('ends by itself while it is measured', async () => {
    const { url } = await trap();
    // Long enough for samples of the event loop, and with garbage collections to hear of.
    const script = `processMetrics(recorder);
      for (let i = 0; i < 10; i++) Array.from({ length: 1e5 }, () => ({}));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const recorded = [...await recorder.collect()].filter(({ value }) => value?.count > 0).map(({ name }) => name);
      console.log(['eventloop_delay', 'gc_duration'].every((name) => recorded.includes(name)));`;
    const { code, output } = await ends(url, script);
    expect([code, output]).toEqual([0, 'true\n']);
  });

  it('ends by itself while a receiver hangs', async () => {
    const { url } = await trap(true);
    const script = `console.log('ready'); await recorder.flushTo(circonus({ url }), { every: 500 }).flush();`;
    const { code, ms } = await ends(url, script);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(8000);
  });

  it('ends by itself after a pass that failed', async () => {
    const { ms: _, ...ended } = await ends(await nowhere(), `await flusher.flush(); console.log('done');`);
    expect(ended).toEqual({ code: 0, by: null, output: 'done\n' });
  });

  it('ends by itself after a pass, though the server keeps the connection open', async () => {
    const { url, counts } = await trap();
    const script = `if (!(await flusher.flush()).complete) throw new Error(JSON.stringify(flusher.status()));`;
    const { ms: _, ...ended } = await ends(url, `${script} console.log('done');`);
    expect(ended).toEqual({ code: 0, by: null, output: 'done\n' });
    expect(counts).toEqual(['7']);
  });
});

describe.concurrent('drainOnExit', () => {
  it('drains at the end of a script', async () => {
    const { url, counts } = await trap();
    const script = 'drainOnExit(recorder); process.exitCode = 3;';
    expect(await ends(url, script)).toMatchObject({ code: 3, by: null, output: '' });
    expect(counts).toEqual(['7']);
  });

  it('sends what other listeners for the end have recorded, however often they begin again', async () => {
    const { url, counts } = await trap();
    const script = `let rounds = 0;
      const later = async () => {
        if (++rounds > 4) return;
        await sleep(rounds * 50);
        counter.add(1);
      };
      process.on('beforeExit', later);
      drainOnExit(recorder);
      process.once('beforeExit', () => setImmediate(() => counter.add(1)));`;
    expect(await ends(url, script)).toMatchObject({ code: 0, by: null });
    expect(counts.at(-1)).toBe('12');
  });

  it('sends what there is although another listener for the end calls process.exit()', async () => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder);
      process.on('beforeExit', async () => {
        while (flusher.status().lastSuccess === undefined) await sleep(10);
        process.exit(5);
      });`;
    expect(await ends(url, script)).toMatchObject({ code: 5, by: null });
    expect(counts).toEqual(['7']);
  });

  it('leaves an await that nothing will settle the exit code that it has', async () => {
    const { url, counts } = await trap();
    expect(await ends(url, 'drainOnExit(recorder); await new Promise(() => {});')).toMatchObject({
      code: 13,
    });
    expect(counts).toEqual(['7']);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('drains on %s, and ends by it', async (signal) => {
    const { url, counts } = await trap();
    const script = "drainOnExit(recorder); alive(); process.stdin.resume(); console.log('ready');";
    expect(await ends(url, script, { signals: [signal] })).toMatchObject({ code: null, by: signal });
    expect(counts).toEqual(['7']);
  });

  it.each([
    ['at its end', '', []],
    ['on a signal', 'alive();', ['SIGTERM']],
    ['on a signal that the host listens for', "process.once('SIGTERM', () => process.exit(0));", ['SIGTERM']],
  ] as const)('does nothing for a recorder that is closed, %s', async (_, more, signals) => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder); await recorder.close(); counter.add(1); ${more} alive().unref();
      console.log('ready');`;
    const { output } = await ends(url, script, { signals });
    expect(output).toBe('ready\n');
    expect(counts).toEqual(['7']);
  });

  it.each([
    ['at its end', '', []],
    ['on a signal', 'alive();', ['SIGTERM']],
  ] as const)('ends within the deadline while the receiver hangs, %s', async (_, more, signals) => {
    const { url, counts } = await trap(true);
    const script = `const told = new Recorder();
      told.counter('c').add(1);
      told.flushTo({ ...circonus({ url }), send: () => new Promise(() => alive()) }, { every: 60_000 });
      drainOnExit(told, { deadline: 1000 });
      drainOnExit(recorder, { deadline: 1000 });
      ${more} console.log('ready');`;
    const ended = await ends(url, script, { signals });
    expect([ended.code, ended.by]).toEqual(signals.length === 0 ? [0, null] : [null, 'SIGTERM']);
    expect(ended.ms).toBeLessThan(10_000);
    expect(counts).toEqual(['7']);
    expect(ended.output).toContain('It was the last pass: what was not delivered is lost.');
  });

  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
  ] as const)('ends at once by a second signal: %s, then %s', async (first, second) => {
    const { url } = await trap(true);
    const script = `drainOnExit(recorder, { deadline: 60_000 });
      alive();
      console.log('ready');
      while (flusher.status().state !== 'flushing') await sleep(5);
      console.log('ready');`;
    const ended = await ends(url, script, { signals: [first, second] });
    expect(ended).toMatchObject({ code: null, by: second });
  });

  it('lets the last pass finish that a first signal meets, then ends by the signal', async () => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder);
      recorder.onCollect(async () => { console.log('ready'); await sleep(1000); });`;
    const ended = await ends(url, script, bySignal);
    expect(ended).toMatchObject({ code: null, by: 'SIGTERM' });
    expect(counts).toEqual(['7']);
  });

  it('says what becomes of what the last pass could not deliver, before a signal ends it', async () => {
    const script = `const told = new Recorder();
      told.counter('c').add(1);
      told.flushTo(circonus({ url }), { every: 60_000 });
      drainOnExit(told);
      alive();
      console.log('ready');`;
    const ended = await ends(await nowhere(), script, bySignal);
    expect(ended).toMatchObject({ code: null, by: 'SIGTERM' });
    expect(ended.output).toMatch(/ECONNREFUSED\)\. It was the last pass: what was not delivered is lost\.$/m);
  });

  it('is left alone once it is undone, and told of bad options', async () => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder)();
      for (const bad of [[recorder, { deadline: 0 }], []]) {
        try { drainOnExit(...bad); } catch ({ code }) { console.log(code); }
      }`;
    expect(await ends(url, script)).toMatchObject({ code: 0, output: 'invalid_option\ninvalid_option\n' });
    expect(counts).toEqual([]);
  });

  it('needs one listener for any number of recorders and copies of the package, until the last is undone', async () => {
    const { url, counts } = await trap();
    const script = `import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/any.js');
      const copies = [0, 1].map(() => {
        for (const path of Object.keys(require.cache)) delete require.cache[path];
        return { ...require('circmetrics'), ...require('circmetrics/circonus'), ...require('circmetrics/node') };
      });
      console.log(copies[0].Recorder !== copies[1].Recorder);
      const events = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT', 'uncaughtException', 'uncaughtExceptionMonitor', 'unhandledRejection'];
      const before = events.map((event) => process.listenerCount(event));
      const listeners = () => events.map((event, i) => process.listenerCount(event) - before[i]).join(' ');
      const undo = copies.flatMap(({ Recorder, circonus, drainOnExit }) =>
        Array.from({ length: 11 }, (_, i) => {
          const each = new Recorder();
          each.counter('c').add(i);
          each.flushTo(circonus({ url }), { every: 60_000 });
          return drainOnExit(each);
        }));
      console.log(listeners());
      for (const each of undo.slice(1)) each();
      console.log(listeners());
      undo[0]();
      console.log(listeners());
      drainOnExit(recorder);
      copies[1].drainOnExit(recorder);
      alive();
      await sleep(50);
      console.log('ready');`;
    const one = '1 1 1 1 0 1 0';
    const ended = await ends(url, script, bySignal);
    expect(ended).toMatchObject({ code: null, by: 'SIGTERM' });
    expect(ended.output.split('\n')).toEqual(['true', one, one, '0 0 0 0 0 0 0', 'ready', '']);
    expect(counts).toEqual(['7']);
  });

  it('waits for every recorder, those that come while it drains as well', async () => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder);
      for (let i = 1; i <= 3; i++) {
        const other = new Recorder();
        other.counter('c').add(i);
        other.flushTo(circonus({ url }), { every: 60_000 });
        other.onCollect(() => sleep(100 * i));
        if (i < 3) drainOnExit(other);
        else recorder.onCollect(() => void drainOnExit(other));
      }
      alive();
      console.log('ready');`;
    expect(await ends(url, script, bySignal)).toMatchObject({ code: null, by: 'SIGTERM' });
    expect(counts.sort()).toEqual(['1', '2', '3', '7']);
  });

  it('is no reason for signal-exit to wait, nor the other way round', async () => {
    const { url, counts } = await trap();
    // What versions 3 and 4 of that package do: they end the process once all listeners are theirs.
    const script = `drainOnExit(recorder);
      const mine = (process.__signal_exit_emitter__ = { count: 1 });
      process.on('SIGTERM', function listener() {
        if (process.listeners('SIGTERM').length !== mine.count) return;
        mine.count--;
        process.off('SIGTERM', listener);
        console.log('cleaned up');
        process.kill(process.pid, 'SIGTERM');
      });
      alive();
      console.log('ready');`;
    expect(await ends(url, script, bySignal)).toMatchObject({ by: 'SIGTERM', output: 'ready\ncleaned up\n' });
    expect(counts).toEqual(['7']);
  });

  const unshare = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child'] as const;
  const shared = spawnSync(unshare[0], [...unshare.slice(1), 'true']).status !== 0;

  it.skipIf(shared).each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends by an exit code as process 1, where %s does nothing', async (signal, code) => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder);
      alive();
      console.log(process.pid);
      process.kill(process.pid, '${signal}');`;
    const ended = await ends(url, script, { starter: unshare });
    expect(ended).toMatchObject({ code, by: null, output: '1\n' });
    expect(counts).toEqual(['7']);
  });

  it.each([
    ['at first', 'SIGTERM', 143, false],
    ['at first', 'SIGINT', 130, false],
    ['by a second one at once', 'SIGTERM', 143, true],
  ] as const)(
    'ends by an exit code where a signal does not end it, %s (%s)',
    async (_, signal, code, hangs) => {
      const { url, counts } = await trap(hangs);
      // The kernel does this to process 1.
      const script = `process.kill = () => true;
      drainOnExit(recorder, { deadline: 60_000 });
      alive();
      console.log('ready');
      while (flusher.status().state !== 'flushing') await sleep(5);
      ${hangs ? "console.log('ready');" : ''}`;
      const ended = await ends(url, script, { signals: hangs ? [signal, signal] : [signal] });
      expect(ended).toMatchObject({ code, by: null });
      if (!hangs) expect(counts).toEqual(['7']);
    },
  );

  it('drains at the end of a worker thread', async () => {
    const { url, counts } = await trap();
    const script = `const worker = new Worker(\`
        import { Recorder } from 'circmetrics';
        import { circonus } from 'circmetrics/circonus';
        import { drainOnExit } from 'circmetrics/node';
        const recorder = new Recorder();
        recorder.counter('c').add(8);
        recorder.flushTo(circonus({ url: '\${url}' }), { every: 60_000 });
        drainOnExit(recorder);
        process.exitCode = 3;\`, { eval: true });
      worker.on('exit', (code) => console.log('worker', code, process.listenerCount('SIGTERM')));`;
    expect(await ends(url, script)).toMatchObject({ code: 0, output: 'worker 3 0\n' });
    expect(counts).toEqual(['8']);
  });
});

describe.concurrent('drainOnExit with listeners of the host', () => {
  const before = (how: string, then: string): string =>
    `process.${how}('SIGTERM', ${then}); drainOnExit(recorder);`;
  const after = (how: string, then: string): string =>
    `drainOnExit(recorder); process.${how}('SIGTERM', ${then});`;
  const orders = [
    ['on, before', before, 'on'],
    ['on, after', after, 'on'],
    ['once, before', before, 'once'],
    ['once, after', after, 'once'],
    ['prependListener, after', after, 'prependListener'],
  ] as const;

  it.each(orders)('sends what is recorded while the host drains: %s', async (_, order, how) => {
    const { url, counts } = await trap();
    // A server that closes only when its last connection does, long after the signal.
    const script = `const server = createServer((_, response) => { counter.add(1); response.end(); });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address();
      ${order(
        how,
        `async () => {
        for (let i = 0; i < 10; i++) {
          await sleep(50);
          await new Promise((resolve) => get({ port, host: '127.0.0.1', agent: false }, (r) => r.resume().on('end', resolve)));
        }
        process.exitCode = 4;
        server.close();
      }`,
      )}
      console.log('ready');`;
    expect(await ends(url, script, bySignal)).toMatchObject({ code: 4, by: null });
    expect(counts.at(-1)).toBe('17');
  });

  it('sends at the signal what there is, as process.exit() may follow, and says what that lost', async () => {
    const { url, counts } = await trap();
    const script = `const told = new Recorder();
      const c = told.counter('c');
      c.add(7);
      told.flushTo(circonus({ url }), { every: 60_000 });
      const custom = new Recorder({ onWarning: (message) => console.log('custom:', message) });
      const d = custom.counter('c');
      d.add(7);
      custom.flushTo(circonus({ url }), { every: 60_000 });
      const idle = recorder;
      for (const each of [told, custom, idle]) drainOnExit(each);
      const timer = alive();
      process.on('SIGTERM', async () => {
        for (const each of [told, custom, idle]) {
          while (each.status().flushers[0].lastSuccess === undefined) await sleep(10);
        }
        await sleep(50);
        for (const each of [c, d]) each.add(1);
        process.exit(5);
      });
      console.log('ready');`;
    const { code, output } = await ends(url, script, bySignal);
    expect(code).toBe(5);
    expect(counts).toEqual(['7', '7', '7']);
    expect(output).toMatch(/MetricsWarning: The process ended before the last pass to circonus at http/);
    expect(output).toMatch(/custom: .* Await recorder\.close\(\) before you call process\.exit\(\)\.$/m);
    expect(output.match(/The process ended/g)).toHaveLength(2);
  });

  it('says nothing where nothing was recorded, or all is closed, when process.exit() comes', async () => {
    const { url } = await trap();
    const script = `drainOnExit(recorder);
      const empty = new Recorder();
      empty.flushTo(circonus({ url }), { every: 60_000 });
      drainOnExit(empty);
      drainOnExit(new Recorder({ enabled: false }));
      await recorder.close();
      process.exit(6);`;
    expect(await ends(url, script)).toMatchObject({ code: 6, output: '' });
  });

  it.each([
    ['', ['7']],
    ["recorder.gauge('g').set(1);", ['7', '7']],
  ])(
    'makes one pass where nothing is recorded after the signal and nothing can have changed: %s',
    async (more, passes) => {
      const { url, counts } = await trap();
      const script = `drainOnExit(recorder); ${more}
      const timer = alive();
      process.on('SIGTERM', () => setTimeout(() => { clearInterval(timer); process.exitCode = 4; }, 300));
      console.log('ready');`;
      expect(await ends(url, script, bySignal)).toMatchObject({ code: 4, by: null, output: 'ready\n' });
      expect(counts).toEqual(passes);
    },
  );

  it('sends everything where the host closes the recorder before it calls process.exit()', async () => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder);
      alive();
      process.on('SIGTERM', async () => {
        for (let i = 0; i < 10; i++) { await sleep(20); counter.add(1); }
        await recorder.close({ deadline: 2000 });
        process.exit(0);
      });
      console.log('ready');`;
    expect(await ends(url, script, bySignal)).toMatchObject({ code: 0, by: null, output: 'ready\n' });
    expect(counts.at(-1)).toBe('17');
  });

  it('leaves a signal to the host as often as the host listens for it, and drains by one it does not', async () => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder);
      alive();
      process.on('SIGINT', async () => {
        console.log('cancelled');
        counter.add(1);
        await sleep(200);
        console.log('ready');
      });
      console.log('ready');`;
    const ended = await ends(url, script, { signals: ['SIGINT', 'SIGINT', 'SIGTERM'] });
    expect(ended).toMatchObject({ code: null, by: 'SIGTERM' });
    expect(counts.at(-1)).toBe('9');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends at once by %s where nobody listens any more, while a pass hangs',
    async (second) => {
      const { url } = await trap(true);
      const script = `drainOnExit(recorder, { deadline: 60_000 });
      alive();
      process.once('SIGTERM', async () => {
        while (flusher.status().state !== 'flushing') await sleep(5);
        console.log('ready');
      });
      console.log('ready');`;
      const ended = await ends(url, script, { signals: ['SIGTERM', second] });
      expect(ended).toMatchObject({ code: null, by: second });
    },
  );

  it('drains by a second signal where the host never ends', async () => {
    const { url, counts } = await trap();
    const script = `drainOnExit(recorder);
      alive();
      process.once('SIGTERM', async () => {
        while (flusher.status().lastSuccess === undefined) await sleep(10);
        await sleep(50);
        counter.add(1);
        console.log('ready');
      });
      console.log('ready');`;
    const ended = await ends(url, script, { signals: ['SIGTERM', 'SIGTERM'] });
    expect(ended).toMatchObject({ code: null, by: 'SIGTERM' });
    expect(counts.at(-1)).toBe('8');
  });
});
