// What a broker pulls is what it would have been pushed, but for the timestamps. The trap shares no code with src/.
import { Recorder } from 'circmetrics';
import { circonus, circonusPull } from 'circmetrics/circonus';
import { afterEach, expect, it } from 'vitest';
import { startTrap, type Trap } from '../../demo/trap/trap.js';
import { text } from '../unit/scraped.js';

const traps: Trap[] = [];
afterEach(async () => {
  await Promise.all(traps.splice(0).map((trap) => trap.close()));
});

async function newTrap(): Promise<Trap> {
  const trap = await startTrap({ port: 0 });
  traps.push(trap);
  return trap;
}

function recorderOfEverything(): Recorder {
  const recorder = new Recorder({ tags: { app: 'sh op' }, onWarning: () => {} });
  const api = recorder.namespace('api');
  api.counter('calls', { unit: 'requests' }).add(2 ** 53 + 2);
  api.gauge('exact', { type: 'uint64' }).set(18_446_744_073_709_551_614n);
  api.gauge('low', { type: 'int32' }).set(-7);
  api.gauge('tiny').set(5e-7);
  api.gauge('absent').set(Number.NaN);
  api.text('version').set('v1 "ü"');
  const latency = api.timer('latency');
  for (const value of [0, -4.2, 0.0125, 12]) latency.record(value);
  latency.record(0.25, 300);
  const family = recorder.counter('many', { tagNames: ['n'], maxSeries: 3000 });
  for (let n = 0; n < 3000; n++) family.with({ n }).add(n);
  return recorder;
}

/** The document as a check gets it that was told what `describe()` tells. */
async function pulled(recorder: Recorder): Promise<string> {
  const pull = circonusPull(recorder);
  const { path, user, password } = pull.describe();
  const authorization = `Basic ${btoa(`${user}:${password}`)}`;
  const response = await pull.fetch(new Request(`http://localhost${path}`, { headers: { authorization } }));
  expect(response.headers.get('content-type')).toMatch(/json/);
  return response.text();
}

it('means what a push means', async () => {
  const recorder = recorderOfEverything();
  const [pushTrap, pullTrap] = [await newTrap(), await newTrap()];
  const flusher = recorder.flushTo(circonus({ url: pushTrap.url }), { every: 60_000 });
  expect((await flusher.flush()).complete).toBe(true);
  await recorder.close();
  const body = await pulled(recorder);
  expect((await fetch(pullTrap.url, { method: 'PUT', body })).status).toBe(200);
  const meaning = (trap: Trap): object =>
    Object.fromEntries([...trap.metrics()].map(([name, { at: _, ...rest }]) => [name, rest]));
  expect(meaning(pullTrap)).toEqual(meaning(pushTrap));
  expect(pullTrap.metrics().size).toBe(recorder.snapshot().samples.length);
});

it('is flat, typed, and without timestamps', async () => {
  const document = JSON.parse(await pulled(recorderOfEverything())) as Record<
    string,
    Record<string, unknown>
  >;
  for (const member of Object.values(document)) {
    expect(Object.keys(member)).toEqual(['_type', '_value']);
    expect(member['_type']).toMatch(/^[iIlLnsH]$/);
  }
  expect(document['api`exact|ST[app:b"c2ggb3A="]']).toEqual({ _type: 'L', _value: '18446744073709551614' });
});

it('keeps clear of the names that the broker adds, and counts what it leaves out', async () => {
  const recorder = new Recorder({ onWarning: () => {} });
  for (const name of ['duration', 'services', '_ts', 'duration_', 'a`b', 'a_b', 'x']) recorder.gauge(name);
  recorder.namespace('a').gauge('duration');
  recorder.gauge('hidden', { taggedName: false });
  const pull = circonusPull(recorder, { access: false });
  expect(Object.keys(JSON.parse(await text(pull)) as object)).toEqual([
    'duration_',
    'services_',
    '_ts_',
    'a_b',
    'x',
    'a`duration',
  ]);
  expect(pull.status().leftOut).toEqual({ collision: 2, suppressed: 1 });
  expect(pull.describe()).toEqual({});
});

it('of nothing is an empty object', async () => {
  expect(await text(circonusPull(new Recorder()))).toBe('{}\n');
});

it('refuses options that are none', () => {
  const recorder = new Recorder();
  const code = expect.objectContaining({ code: 'invalid_option' });
  expect(() => circonusPull(recorder, { url: 'x' } as object)).toThrow(code);
  expect(() => circonusPull(recorder, { access: 'x' as never })).toThrow(code);
  expect(() => circonusPull({} as Recorder)).toThrow(code);
});
