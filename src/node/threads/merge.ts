import type { GaugeType, Merge } from '../../record/metric.js';
import type { Registry } from '../../record/registry.js';
import type { TextCell } from '../../record/series.js';
import type { Stamps } from './stamps.js';
import type { Target } from './targets.js';
import { isLater } from './texts.js';

/** The least and greatest integer of the types that have them. */
const limits: Readonly<Partial<Record<GaugeType, readonly [least: bigint, greatest: bigint]>>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/** A value, and at which pull it was seen to change. All of a gauge are numbers, or all are bigints. */
interface Valued {
  readonly value: number;
  readonly stamp: number;
}

/** Of two threads' values. */
const choices: Readonly<Record<Merge, (a: Valued, b: Valued) => Valued>> = {
  sum: (a, b) => ({ value: a.value + b.value, stamp: 0 }),
  max: (a, b) => (b.value > a.value ? b : a),
  min: (a, b) => (b.value < a.value ? b : a),
  last: (a, b) => (b.stamp > a.stamp ? b : a),
  // The others have series of their own.
  each: (a) => a,
};

/**
 * What a gauge of several threads is, by its metric's choice; null where none has a value. Null and counted where their
 * sum is not one of the gauge's type.
 */
export function mergedGauge(target: Target, pull: number, { tally }: Registry): number | bigint | null {
  target.look(pull);
  const { merge, type } = target.known.metric;
  const all = target.used ? [target.own, ...target.gauges] : [...target.gauges];
  const some = all.filter(({ value }) => value !== null) as readonly Valued[];
  if (some.length === 0) return null;
  const { value } = some.reduce(choices[merge]);
  const [least, greatest] = limits[type ?? 'double'] ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  if (value >= least && value <= greatest) return value;
  tally.refuse('value');
  return null;
}

/** The text that was set last, by whichever thread. */
export function mergedText({ handle, texts }: Target, stamps: Stamps): string | null {
  const cell = handle.series.store as TextCell;
  let last = { text: cell.text, stamp: stamps.of(cell) };
  for (const { text, stamp } of texts) if (isLater(stamp, last.stamp)) last = { text, stamp };
  return last.text;
}
