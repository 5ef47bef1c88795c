// Threads without threads: recorders of workers and the one that reads them, in one thread and in any order.
import { Arena } from '../../src/node/threads/arena.js';
import { Reader } from '../../src/node/threads/reader.js';
import { ThreadRegistry } from '../../src/node/threads/registry.js';
import { Recorder, type RecorderOptions } from '../../src/recorder.js';

export class Fleet {
  readonly recorder: Recorder;
  readonly warnings: string[] = [];
  readonly arena: Arena;
  readonly #reader: Reader;
  readonly #ids = new Map<Recorder, number>();
  #next = 1_000_000;

  constructor(options: RecorderOptions & { readonly maxBytes?: number } = {}) {
    const { maxBytes, ...rest } = options;
    this.recorder = new Recorder({ onWarning: (message) => this.warnings.push(message), ...rest });
    this.arena = Arena.make(maxBytes ?? 2 ** 28);
    this.#reader = new Reader(this.recorder.registry, this.arena);
    this.recorder.registry.threads = this.#reader;
  }

  /** A worker's recorder, as `attach` makes it there. */
  worker(options: RecorderOptions = {}): Recorder {
    const id = this.#next++;
    // As the worker sees it.
    const arena = new Arena(this.arena.buffer);
    const slot = arena.takeSlot(id) as number;
    this.#reader.expect(id);
    const about = { onWarning: (message: string) => this.warnings.push(`worker: ${message}`), ...options };
    const recorder = new Recorder(about, ThreadRegistry.bind(undefined, arena, slot, id));
    this.#ids.set(recorder, id);
    return recorder;
  }

  /** Ends a worker, at whatever point it is. */
  end(worker: Recorder): void {
    this.#reader.ended(this.#ids.get(worker) as number);
    this.#ids.delete(worker);
  }

  /** What the reading thread's snapshot says, as `name{tags}`. */
  get totals(): Record<string, unknown> {
    const { samples } = this.recorder.snapshot();
    return Object.fromEntries(
      samples.map(({ path, name, tags, value }) => {
        const key = [...path, name].join('.');
        const tagged = tags.length === 0 ? key : `${key}{${tags.map((tag) => tag.join('=')).join(',')}}`;
        return [tagged, typeof value === 'object' ? (value?.toStrings().join(' ') ?? null) : value];
      }),
    );
  }
}
