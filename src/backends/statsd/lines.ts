import type { Part } from '../../collect/cursor.js';
import type { SomeBins } from '../../encode/pack.js';
import type { Dialect } from './options.js';

/** One line, or lines that have to arrive together. */
export interface Line {
  /** Empty where there is nothing to say. */
  readonly text: string;
  /** Which part of the sample it carries; `undefined` for what says no more than other lines. */
  readonly part: Part | SomeBins | undefined;
  /** What else it carries. */
  readonly others?: readonly Part[];
  /** Why the part cannot be sent. */
  readonly reason?: string;
}

/** The line that sets a gauge. */
export function gaugeLine(name: string, value: string, tail: string, dialect: Dialect): string {
  const line = `${name}:${value}|g${tail}`;
  // To the daemon a sign means an adjustment, unless the gauge is 0. In one datagram the two lines cannot be swapped.
  return value.startsWith('-') && dialect === 'statsd' ? `${name}:0|g${tail}\n${line}` : line;
}
