// measured-core has no types of its own; these are those of what the benches touch.
declare module 'measured-core' {
  export class Counter {
    inc(n?: number): void;
    toJSON(): number;
  }
  export class SettableGauge {
    setValue(value: number): void;
  }
  export class Histogram {
    update(value: number): void;
    toJSON(): { readonly count: number };
  }
  export class Timer {
    start(): { end(): number | null };
    /** Stops the interval that works out rates. */
    end(): void;
    toJSON(): { readonly histogram: { readonly count: number } };
  }
  export class Collection {
    constructor(name?: string);
    register(name: string, metric: object): void;
    counter(name: string): Counter;
    histogram(name: string): Histogram;
    toJSON(): Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }
}
