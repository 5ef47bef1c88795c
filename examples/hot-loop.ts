// What measuring costs where something happens ten million times: handles that are taken before the loop, and how long
// it takes with them and without. It is JavaScript as well as TypeScript. Here: node --import tsx examples/hot-loop.ts
import { Recorder } from 'circmetrics';

const recorder = new Recorder();
const parser = recorder.namespace('parser');
const lines = parser.counter('lines');
const lengths = parser.histogram('length', { unit: 'bytes' });
const kinds = parser.counter('kinds', { tagValues: { kind: ['get', 'put', 'other'] } });

// Looked up once. In the loop there is a handle for each kind, and no name.
const byKind = [kinds.with({ kind: 'get' }), kinds.with({ kind: 'put' }), kinds.with({ kind: 'other' })];

const rounds = 10_000_000;
// Made before, so that making them is not measured.
const sizes = Float64Array.from({ length: 4096 }, () => Math.ceil(20 * Math.exp(3 * Math.random())));

/** What the loop is there for; it stands for work of a nanosecond or so. */
function work(i = 0) {
  return ((i * 2654435761) >>> 0) % 3;
}

function bare() {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += work(i) + (sizes[i & 4095] ?? 0);
  return sum;
}

function measured() {
  let sum = 0;
  for (let i = 0; i < rounds; i++) {
    const kind = work(i);
    const size = sizes[i & 4095] ?? 0;
    lines.add();
    byKind[kind]?.add();
    lengths.record(size);
    sum += kind + size;
  }
  return sum;
}

function byName() {
  let sum = 0;
  for (let i = 0; i < rounds; i++) {
    const kind = work(i);
    // Found by its tags each time: fine for a request, too much for this.
    kinds.with({ kind: kind === 0 ? 'get' : kind === 1 ? 'put' : 'other' }).add();
    sum += kind;
  }
  return sum;
}

/** Nanoseconds a round: the best of some, because whatever disturbs makes it longer. */
function nanoseconds(run = bare) {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const begun = performance.now();
    run();
    best = Math.min(best, performance.now() - begun);
  }
  return (best * 1e6) / rounds;
}

const floor = nanoseconds(bare);
console.log(`the work alone:               ${floor.toFixed(1)} ns a round`);
console.log(`with three handles:           ${nanoseconds(measured).toFixed(1)} ns`);
console.log(`with one found by its tags:   ${nanoseconds(byName).toFixed(1)} ns`);
console.log();
console.log(`${lines.value.toLocaleString('en')} lines`);
console.log(lengths.histogram().toString({ unit: 'bytes', width: 72 }));
