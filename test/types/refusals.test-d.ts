// What the types refuse, and what they keep. A directive under which nothing is wrong is an error of its own.
import { type Backend, LogLinearHistogram, type Part, Recorder, type Snapshot } from 'circmetrics';
import { circonus, toJson } from 'circmetrics/circonus';
import { expectTypeOf, test } from 'vitest';

const recorder = new Recorder();
const url = 'https://broker.example:43191/module/httptrap/uuid/secret';

test('families know their tags', () => {
  const byRoute = recorder.counter('requests', { tagNames: ['route', 'status'] });
  byRoute.with({ route: '/a', status: '200' }).add();
  // @ts-expect-error: misspelt
  byRoute.with({ ruote: '/a', status: '200' });
  // @ts-expect-error: missing
  byRoute.with({ route: '/a' });
  // @ts-expect-error: one too many
  byRoute.with({ route: '/a', status: '200', method: 'GET' });
  // @ts-expect-error: a tag's value is a string, a number or a boolean
  byRoute.with({ route: '/a', status: undefined });
  // @ts-expect-error: tags are needed
  byRoute.with();
  // @ts-expect-error: a family is not a counter
  byRoute.add();
  // @ts-expect-error: a counter is not a family
  recorder.counter('calls').with({ route: '/a' });
  // @ts-expect-error: tagNames is a list
  recorder.counter('requests', { tagNames: 'route' });
  // @ts-expect-error: a family is not observed
  recorder.gauge('depths', { tagNames: ['queue'], observe: () => 1 });
  // @ts-expect-error: nor one of texts
  recorder.text('versions', { tagNames: ['module'], observe: () => 'v1' });

  // A list that is not known before the program runs leaves any tag possible.
  const names: string[] = ['route'];
  recorder.timer('latency', { tagNames: names }).with({ route: '/a' });
});

test('families know their declared values', () => {
  const tagValues = { method: ['GET', 'POST'], status: [200, 404] } as const;
  const declared = recorder.counter('declared', { tagNames: ['method', 'status', 'route'], tagValues });
  declared.with({ method: 'GET', status: 200, route: '/any' }).add();
  declared.with({ method: 'GET', status: '404', route: 7 }).add();
  // @ts-expect-error: not a declared value
  declared.with({ method: 'PUT', status: 200, route: '/any' });
  // @ts-expect-error: nor one as a string
  declared.with({ method: 'GET', status: '500', route: '/any' });
  const all = recorder.timer('all', { tagValues: { method: ['GET', 'POST'], cached: [true, false] } });
  all.with({ method: 'POST', cached: 'true' }).record(1);
  all.remove({ method: 'POST', cached: true });
  // @ts-expect-error: not a declared value
  all.with({ method: 'PUT', cached: true });
  // @ts-expect-error: not a declared tag
  all.with({ method: 'POST', cached: true, route: '/' });
  // @ts-expect-error: values of a tag that is not among the names
  recorder.counter('other', { tagNames: ['method'], tagValues: { methode: ['GET'] } });
  // @ts-expect-error: limits are for families
  recorder.counter('calls', { maxSeries: 5 });
});

test('options exist and have the right type', () => {
  // @ts-expect-error: unknown
  recorder.counter('calls', { helpp: 'Calls.' });
  // @ts-expect-error: a gauge's, not a counter's
  recorder.counter('calls', { type: 'int64' });
  // @ts-expect-error: a counter is not observed
  recorder.counter('calls', { observe: () => 1 });
  // @ts-expect-error: buckets are numbers
  recorder.histogram('size', { buckets: ['1'] });
  // @ts-expect-error: bounds are a list
  new LogLinearHistogram({ bounds: 1 });
  // @ts-expect-error: what was declared is not changed
  recorder.describe()[0]?.buckets?.push(1);
  expectTypeOf(new LogLinearHistogram({ bounds: [1, 2] as const }).buckets()).toEqualTypeOf<
    [bound: number, count: number][]
  >();
  expectTypeOf(recorder.describe()[0]?.buckets).toEqualTypeOf<readonly number[] | undefined>();
  // @ts-expect-error: a gauge has no buckets
  recorder.gauge('depth', { buckets: [1, 2] });
  // @ts-expect-error: not a type
  recorder.gauge('depth', { type: 'float' });
  // @ts-expect-error: not a unit
  recorder.histogram('size', { unit: 'octets' });
  // @ts-expect-error: in the plural
  recorder.histogram('size', { unit: 'byte' });
  // @ts-expect-error: binary prefixes are for bits and bytes
  recorder.histogram('wait', { unit: 'kibiseconds' });
  // @ts-expect-error: a text is not a number
  recorder.gauge('depth', { observe: () => 'deep' });
  // @ts-expect-error: a number is not a text
  recorder.text('version', { observe: () => 1 });
  // @ts-expect-error: `true` means nothing
  recorder.text('version', { taggedName: true });
  // @ts-expect-error: tags have values
  recorder.namespace('api', { tags: { app: null } });
  // @ts-expect-error: a namespace has nothing but tags
  recorder.namespace('api', { help: 'The API.' });
  // @ts-expect-error: unknown
  new Recorder({ tag: { app: 'shop' } });
  // @ts-expect-error: milliseconds, by name
  recorder.collect(500);
  recorder.gauge('heap', { unit: 'mebibytes' });
  recorder.timer('wait', { unit: 'seconds' });
});

test('values have the right type', () => {
  // @ts-expect-error: a string
  recorder.counter('calls').add('1');
  // @ts-expect-error: counters count in numbers
  recorder.counter('calls').add(1n);
  // @ts-expect-error: a counter only grows
  recorder.counter('calls').set(1);
  // @ts-expect-error: read only
  recorder.counter('calls').value = 0;
  // @ts-expect-error: a text is not added to
  recorder.text('version').add('x');
  // @ts-expect-error: a text is a string
  recorder.text('version').set(1);
  // @ts-expect-error: a string
  recorder.histogram('size').record('12');
  // @ts-expect-error: a histogram has no clock
  recorder.histogram('size').start();
  // @ts-expect-error: an integer has a scale
  recorder.histogram('size').recordScaled(12n);

  const int64 = recorder.gauge('offset', { type: 'int64' });
  expectTypeOf(int64.value).toEqualTypeOf<bigint | null>();
  int64.set(1n);
  int64.set(1);
  expectTypeOf(recorder.gauge('size', { type: 'uint64' }).value).toEqualTypeOf<bigint | null>();
  for (const type of ['int32', 'uint32', 'double'] as const) {
    const gauge = recorder.gauge('depth', { type });
    expectTypeOf(gauge.value).toEqualTypeOf<number | null>();
    // @ts-expect-error: it holds numbers
    gauge.set(1n);
  }
  const offsets = recorder.gauge('offsets', { type: 'int64', tagNames: ['partition'] });
  expectTypeOf(offsets.with({ partition: 1 }).value).toEqualTypeOf<bigint | null>();
});

test('a timer keeps the types of what it times', () => {
  const timer = recorder.timer('latency');
  expectTypeOf(timer.time(() => 'text')).toEqualTypeOf<string>();
  expectTypeOf(timer.time(async () => 1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(timer.time(() => {})).toEqualTypeOf<void>();

  const find = (id: number, options?: { deep: boolean }): string[] => [String(id), String(options)];
  expectTypeOf(timer.wrap(find)).parameters.toEqualTypeOf<Parameters<typeof find>>();
  expectTypeOf(timer.wrap(find)).returns.toEqualTypeOf<string[]>();
  // @ts-expect-error: the wrapped function takes what the function takes
  timer.wrap(find)('7');
  const load = timer.wrap(async (path: string) => path.length);
  expectTypeOf(load('a')).toEqualTypeOf<Promise<number>>();
  class Shop {
    readonly orders = 3;
    count = timer.wrap(function (this: Shop, factor: number): number {
      return this.orders * factor;
    });
  }
  expectTypeOf(new Shop().count(2)).toEqualTypeOf<number>();
  // @ts-expect-error: without what it is a method of
  new Shop().count.call(undefined, 2);
  // @ts-expect-error: not a function
  timer.time(12);
});

test('flushing needs a whole backend and a period', () => {
  const backend = circonus({ url });
  recorder.flushTo(backend, { every: 1000 });
  // @ts-expect-error: how often?
  recorder.flushTo(backend);
  // @ts-expect-error: how often?
  recorder.flushTo(backend, {});
  // @ts-expect-error: milliseconds are a number
  recorder.flushTo(backend, { every: '10s' });
  // @ts-expect-error: unknown
  recorder.flushTo(backend, { every: 1000, evry: 3 });
  // @ts-expect-error: neither of the two
  recorder.flushTo(backend, { every: 1000, onUnknown: 'retry' });
  // @ts-expect-error: without url
  circonus({});
  // @ts-expect-error: unknown
  circonus({ url, timeout: 5 });
  // @ts-expect-error: bytes are not PEM text
  circonus({ url, ca: new Uint8Array(5) });
  // @ts-expect-error: not a temporality
  circonus({ url, temporality: 'both' });
  // @ts-expect-error: unknown
  toJson(recorder.snapshot(), { pretty: true });

  const { encode, ...withoutEncode } = backend;
  expectTypeOf(encode).toBeFunction();
  // @ts-expect-error: it cannot encode
  recorder.flushTo(withoutEncode, { every: 1000 });
  const { send, ...withoutSend } = backend;
  expectTypeOf(send).toBeFunction();
  // @ts-expect-error: it cannot send
  recorder.flushTo(withoutSend, { every: 1000 });
});

test('a backend keeps to the contract', () => {
  const whole: Backend = {
    name: 'nowhere',
    target: 'nowhere',
    temporality: 'delta',
    onUnknown: 'drop',
    *encode(snapshot, drop) {
      expectTypeOf(snapshot).toEqualTypeOf<Snapshot>();
      for (const sample of snapshot) {
        if (sample.kind === 'text') drop(sample, 'unsupported');
        else yield { body: sample.name, parts: [sample, { series: sample.series, value: 1 }] };
      }
    },
    async send(payload, signal) {
      expectTypeOf(payload.body).toEqualTypeOf<string | Uint8Array>();
      expectTypeOf(payload.parts).toEqualTypeOf<readonly Part[]>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return { outcome: 'delivered' };
    },
  };
  recorder.flushTo(whole, { every: 1000 });
  recorder.flushTo({ ...whole, close: async () => {} }, { every: 1000 });
  // @ts-expect-error: not an outcome
  recorder.flushTo({ ...whole, send: async () => ({ outcome: 'ok' }) }, { every: 1000 });
  // @ts-expect-error: a payload says what it carries
  recorder.flushTo({ ...whole, encode: () => [{ body: '' }] }, { every: 1000 });
  // @ts-expect-error: encoding is synchronous
  recorder.flushTo({ ...whole, async *encode() {} }, { every: 1000 });
});

test('snapshots are for reading', () => {
  const snapshot = recorder.snapshot();
  const [sample] = snapshot.samples;
  // @ts-expect-error: read only
  snapshot.samples.push(sample);
  // @ts-expect-error: read only
  if (sample) sample.value = 1;
  // @ts-expect-error: there may be none
  sample.name;
  // @ts-expect-error: read only
  sample?.tags.push(['a', 'b']);
});
