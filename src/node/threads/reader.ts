import type { Handle } from '../../record/handle.js';
import type { Metric } from '../../record/metric.js';
import type { Instrument, Registry, Threads } from '../../record/registry.js';
import type { Series } from '../../record/series.js';
import type { Tag } from '../../record/tags.js';
import { type Arena, slotWord } from './arena.js';
import type { Reading } from './contributions.js';
import { Instruments } from './instruments.js';
import { header, slot } from './layout.js';
import { mergedGauge, mergedText } from './merge.js';
import { Slabs } from './slabs.js';
import { Stamps } from './stamps.js';
import { reopen, Targets } from './targets.js';
import { AttachedThread } from './thread.js';

/**
 * Reads what other threads record, in the thread that shares its recorder. Each pull takes in how much each of their
 * cells has more than at the last one, into the reading thread's own series: so all that reads these sees totals that
 * never go down, and nothing is left to do for a thread that ends but one more pull.
 */
export class Reader implements Threads {
  readonly arena: Arena;
  merged: ReadonlyMap<Series, number | bigint | string | null> = new Map();
  readonly #registry: Registry;
  readonly #instruments: Instruments;
  readonly #targets: Targets;
  readonly #reading: Reading;
  /** By slot. */
  readonly #threads: (AttachedThread | undefined)[] = [];
  /** The workers whose ends will be seen. */
  readonly #expected = new Set<number>();
  #pulling = false;
  #complained = false;

  constructor(registry: Registry, arena: Arena) {
    this.arena = arena;
    this.#registry = registry;
    this.#instruments = new Instruments(registry);
    this.#targets = new Targets(registry);
    this.#reading = {
      slabs: new Slabs(arena),
      targets: this.#targets,
      stamps: new Stamps(arena, registry),
      registry,
    };
  }

  pull(): void {
    // A warning's listener may ask for a snapshot.
    if (this.#pulling) return;
    this.#pulling = true;
    try {
      this.#targets.pulls++;
      this.#attach();
      for (const thread of this.#threads) thread?.pull();
      this.#merge();
      this.#complain();
    } finally {
      this.#pulling = false;
    }
  }

  adopt(metric: Metric, inherited: () => readonly Tag[]): Instrument | undefined {
    const made = this.#instruments.adopt(metric, inherited);
    if (made !== undefined && 'series' in made) reopen(made);
    return made;
  }

  unregister(path: readonly string[], name: string): boolean {
    return this.#instruments.unregister(path, name);
  }

  holds(handle: Handle): boolean {
    return this.#targets.has(handle);
  }

  /** Notes that the end of a worker will be told. */
  expect(thread: number): void {
    this.#expected.add(thread);
  }

  /** Takes in what a worker has left, and makes its memory free. It has ended, so nobody writes there any more. */
  ended(thread: number): void {
    this.#expected.delete(thread);
    this.#attach();
    const index = this.#threads.findIndex((one) => one?.id === thread);
    if (index < 0) return;
    this.#threads[index]?.end();
    this.#threads[index] = undefined;
    const { arena } = this;
    // By their owner, so that those are found that it had claimed and not used yet. The thread's id comes last: until then
    // nobody takes it, and whatever is interrupted here can be done again.
    for (const slab of arena.ownedBy(thread)) arena.free(slab);
    for (let word = header.slotWords - 1; word >= slot.thread; word--) {
      Atomics.store(arena.header, slotWord(index, word), 0);
    }
  }

  /** Finds the threads that were attached since. */
  #attach(): void {
    const { arena } = this;
    for (let index = 0; index < arena.slots; index++) {
      if (this.#threads[index] !== undefined) continue;
      const id = Atomics.load(arena.header, slotWord(index, slot.thread));
      if (id === 0) continue;
      this.#threads[index] = new AttachedThread(id, index, this.#reading, this.#instruments);
    }
  }

  #merge(): void {
    const merged = new Map<Series, number | bigint | string | null>();
    for (const target of this.#targets) {
      const { series } = target.handle;
      if (target.texts.size > 0) merged.set(series, mergedText(target, this.#reading.stamps));
      if (target.gauges.size > 0)
        merged.set(series, mergedGauge(target, this.#targets.pulls, this.#registry));
    }
    this.merged = merged;
  }

  /** Tells of threads that will not be seen when they end, unless the news of their start is only under way. */
  #complain(): void {
    const isStranger = (one: AttachedThread | undefined): boolean =>
      one !== undefined && !this.#expected.has(one.id);
    if (this.#complained || !this.#threads.some(isStranger)) return;
    this.#complained = true;
    setImmediate(() => {
      const stranger = this.#threads.find(isStranger);
      this.#complained = stranger !== undefined;
      if (stranger === undefined) return;
      this.#registry.tally.warn(
        `Thread ${stranger.id} was made before the recorder was shared, or by another worker: it will not be seen when it ends, so its memory is not used again.`,
      );
    }).unref();
  }
}
