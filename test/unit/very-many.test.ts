// Very many series: what is done for them in pieces, and that nobody sees halves of it.
import { type Backend, type Part, Recorder, type Sample } from 'circmetrics';
import { LogLinearHistogram } from 'circmetrics/histogram';
import { prometheus } from 'circmetrics/prometheus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { timed } from './timed.js';

const many = 10_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

afterEach(() => void vi.restoreAllMocks());

/** Lets each look at the clock find that a slice of time is used up, so that work stops wherever it can. */
function slowly(): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 2));
}

const sizeOf = ({ value }: Pick<Part, 'value'>): number =>
  value instanceof LogLinearHistogram ? value.count : Number(value);

/** A backend that takes everything, a part a payload, and adds up what it was given by tag. */
function summing(): Backend & { readonly sums: Map<string, number>; failing: boolean } {
  const sums = new Map<string, number>();
  return {
    name: 'summing',
    target: 'here',
    temporality: 'delta',
    onUnknown: 'drop',
    retries: 0,
    sums,
    failing: false,
    *encode(snapshot) {
      for (const sample of snapshot) if (sizeOf(sample) > 0) yield { body: 'x', parts: [sample] };
    },
    async send({ parts: [part] }) {
      if (this.failing) return { outcome: 'failed' };
      const tag = (part as Sample).tags[0]?.join() ?? '';
      sums.set(tag, (sums.get(tag) ?? 0) + sizeOf(part as Part));
      return { outcome: 'delivered' };
    },
  };
}

const total = (numbers: Iterable<number>): number => [...numbers].reduce((all, n) => all + n, 0);

describe('a family that is cleared', () => {
  const filled = () => {
    const recorder = new Recorder({ onWarning: () => {} });
    const family = recorder.counter('c', { tagNames: ['a'], maxSeries: many });
    const handles = Array.from({ length: many }, (_, a) => family.with({ a }));
    for (const handle of handles) handle.add(2);
    return { recorder, family, handles };
  };

  it('has no series at once, and kept handles make new ones', () => {
    const { recorder, family, handles } = filled();
    const before = recorder.snapshot();
    const old = handles.map(({ series }) => series);
    family.clear();
    expect([recorder.snapshot().samples.length, recorder.status().series]).toEqual([0, 0]);
    expect([handles.at(-1)?.value, old.at(-1)?.ended, old.at(-1)?.values]).toEqual([
      0,
      true,
      [`${many - 1}`],
    ]);
    handles.at(-1)?.add(5);
    family.with({ a: 7 }).add(3);
    handles[7]?.add(1);
    expect(recorder.snapshot().samples.map(({ tags, value }) => [tags[0]?.[1], value])).toEqual([
      [`${many - 1}`, 5],
      ['7', 4],
    ]);
    expect(recorder.status().series).toBe(2);
    expect(total(before.samples.map(sizeOf))).toBe(2 * many);
  });

  it('may have as many again, by cells and ids of their own', async () => {
    const { recorder, family } = filled();
    for (let time = 0; time < 5; time++) {
      family.clear();
      for (let a = 0; a < many; a++) family.with({ a }).add(a);
      if (time % 2 === 0) await turn();
      const { samples } = recorder.snapshot();
      expect(samples.every(({ tags, value }) => tags[0]?.[1] === String(value))).toBe(true);
      expect(new Set(samples.map(({ series }) => series.id)).size).toBe(many);
    }
  });

  it('owes to cursors all that they were not told, whenever they ask', async () => {
    const { recorder, family, handles } = filled();
    const [asked, reads, waits] = [recorder.cursor(), recorder.cursor(), recorder.cursor()];
    const read = reads.read();
    family.clear();
    handles[0]?.add(1);
    expect([asked.oldest(), asked.pending()]).toEqual([expect.any(Number), expect.any(Number)]);
    reads.commit(read);
    expect(total(reads.read().samples.map(sizeOf))).toBe(1);
    for (let i = 0; i < 1000; i++) await turn();
    expect(total(waits.read().samples.map(sizeOf))).toBe(2 * many + 1);
  });

  it('is delivered to the last, though it is cleared whenever a pass lets it', async () => {
    const { recorder, family, handles } = filled();
    const backend = summing();
    const flusher = recorder.flushTo(backend, { every: 3_600_000, timeout: 60_000 });
    slowly();
    let recorded = 2 * many;
    for (let time = 0; time < 3; time++) {
      const pass = flusher.flush();
      for (let i = 0; i < 20; i++) {
        await turn();
        if (i % 5 === 0) family.clear();
        handles[i * 31]?.add(3);
        recorded += 3;
      }
      await pass;
    }
    const { pending } = await flusher.flush();
    await recorder.close();
    expect([pending, total(backend.sums.values())]).toEqual([0, recorded]);
  });
});

describe('series that are idle', () => {
  it('are ended some at a time where nobody can wait, and the rest soon', async () => {
    const { recorder, time } = timed({ maxSeries: 20 * many });
    const family = recorder.counter('c', { tagNames: ['a'], maxSeries: many, expireAfter: 600_000 });
    for (let a = 0; a < many; a++) family.with({ a }).add();
    recorder.snapshot();
    time.now += 600_000;
    const left = recorder.snapshot().samples.length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(many - 1000);
    await vi.waitFor(() => expect(recorder.status().series).toBe(0), { timeout: 10_000 });
  });

  it('are all ended where there is time, and no busy one with them', async () => {
    const { recorder, time } = timed({ maxSeries: 20 * many });
    const family = recorder.counter('c', { tagNames: ['a'], maxSeries: many, expireAfter: 600_000 });
    const handles = Array.from({ length: many }, (_, a) => family.with({ a }));
    await recorder.collect();
    for (let i = 0; i < 3; i++) {
      time.now += 300_000;
      for (let a = 0; a < many; a += 100) handles[a]?.add();
      slowly();
      const { samples } = await recorder.collect();
      vi.restoreAllMocks();
      expect(samples).toHaveLength(i === 0 ? many : many / 100);
    }
  });
});

describe('values that are copied in pieces', () => {
  const bins = 8000; // of a bin each: more than 16 MiB of cells

  it('are those of series that lived all the while, and no other’s', async () => {
    const recorder = new Recorder({ onWarning: () => {} });
    const family = recorder.histogram('h', { tagNames: ['a'], maxSeries: 2 * bins });
    for (let a = 0; a < bins; a++) family.with({ a }).record(1000 + a);
    const scrape = prometheus(recorder, { quantiles: [0.5] });
    await recorder.collect();
    slowly();
    let next = bins;
    for (let time = 0; time < 3; time++) {
      let over = false;
      const collected = recorder.collect().finally(() => {
        over = true;
      });
      const rendered = (async () => {
        let text = '';
        for await (const chunk of scrape.render()) text += chunk;
        return text;
      })();
      for (; !over; next++) {
        // What ends gives its cells to what comes.
        family.remove({ a: next - bins });
        family.with({ a: next }).record(1000 + next);
        await turn();
      }
      // The event loop had its turns.
      expect(next).toBeGreaterThan(bins + 50 * (time + 1));
      const { samples } = await collected;
      const lines = (await rendered).match(/^h\{.*$/gm) ?? [];
      expect(samples.length).toBeGreaterThan(bins / 2);
      expect(lines.length).toBeGreaterThan(bins / 2);
      const wrong = samples.filter(({ tags, value }) => {
        const { count, bins } = value as LogLinearHistogram;
        const [bin] = [...bins.call(value)];
        const expected = 1000 + Number(tags[0]?.[1]);
        return count !== 1 || bin === undefined || !(bin.edge <= expected && expected < bin.edge * 1.2);
      });
      expect(wrong.map(({ tags }) => tags)).toEqual([]);
      const strange = lines.filter((line) => {
        const [, a, value] = /a="(\d+)".*\} (\S+)/.exec(line) ?? [];
        return !(Math.abs(Number(value) / (1000 + Number(a)) - 1) < 0.1);
      });
      expect(strange).toEqual([]);
    }
  });

  it('are delivered exactly once, though series come, go and record all the while', async () => {
    const recorder = new Recorder({ onWarning: () => {} });
    const family = recorder.histogram('h', { tagNames: ['a'], maxSeries: 2 * bins });
    const recorded = new Map<string, number>();
    const record = (a: number, value: number): void => {
      family.with({ a }).record(value);
      const tag = `a,${a}`;
      recorded.set(tag, (recorded.get(tag) ?? 0) + 1);
    };
    for (let a = 0; a < bins; a++) record(a, 1);
    const backend = summing();
    const flusher = recorder.flushTo(backend, { every: 3_600_000, timeout: 60_000 });
    slowly();
    let next = bins;
    for (let time = 0; time < 3; time++) {
      let over = false;
      backend.failing = time === 1;
      const pass = flusher.flush().finally(() => {
        over = true;
      });
      for (let i = 0; !over && i < 1500; i++, next++) {
        record(next % (bins + 500), 10 ** (i % 5));
        if (i % 3 === 0) family.remove({ a: (next * 7) % bins });
        await turn();
      }
      await pass;
    }
    backend.failing = false;
    vi.restoreAllMocks();
    await flusher.flush();
    const { pending } = await flusher.flush();
    await recorder.close();
    expect(pending).toBe(0);
    expect(total(backend.sums.values())).toBe(total(recorded.values()));
    expect([...backend.sums].filter(([tag, sum]) => recorded.get(tag) !== sum)).toEqual([]);
  });
});

it('a status counts very many series when a pass has ended, and few whenever it is asked', async () => {
  const { recorder, time } = timed();
  const begun = time.now;
  const family = recorder.counter('c', { tagNames: ['a'], maxSeries: many + 1 });
  for (let a = 0; a < many; a++) family.with({ a }).add();
  const backend = summing();
  const flusher = recorder.flushTo(backend, { every: 3_600_000, timeout: 60_000 });
  const asked = (): unknown[] => {
    const { pending, oldestUndelivered } = flusher.status();
    return [pending, oldestUndelivered];
  };
  expect(asked()).toEqual([many, 0]);
  family.with({ a: many }).add();
  backend.failing = true;
  expect((await flusher.flush()).pending).toBe(many + 1);
  time.now += 5000;
  expect(asked()).toEqual([many + 1, 5000]);
  family.with({ a: 0 }).add();
  backend.failing = false;
  expect((await flusher.flush()).pending).toBe(0);
  family.with({ a: 0 }).add();
  expect(asked()).toEqual([0, undefined]);
  for (let a = 1; a < many; a++) family.remove({ a });
  time.now += 1000;
  expect(asked()).toEqual([1, 1000]);
  expect(begun).toBeLessThan(time.now);
  await recorder.destroy();
  expect(flusher.status().pending).toBe(1);
});
