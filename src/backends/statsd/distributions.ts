import type { Sample } from '../../collect/sample.js';
import { fixedNotation, rounded } from '../../encode/numbers.js';
import { type BinCount, binMidpoint, type LogLinearHistogram } from '../../histogram/index.js';
import { unitInfo } from '../../record/units.js';
import { statistics } from '../push/summary.js';
import { gaugeLine, type Line } from './lines.js';
import type { StatsdSettings } from './options.js';
import { rateFor } from './weights.js';

/** Digits of a bin's value: its width is one in the second, so that more would say nothing. */
const midpointDigits = 4;

/** What a histogram becomes as its bins, weighted by a sample rate. */
export function distributionLines(
  sample: Sample,
  name: string,
  tags: string,
  settings: StatsdSettings,
): Iterable<Line> {
  const histogram = sample.value as LogLinearHistogram;
  if (histogram.count === 0) return [{ text: '', part: sample }];
  return binLines(
    sample,
    histogram,
    name,
    tags,
    millisecondsPer(sample, settings.distributions === 'ms'),
    settings,
  );
}

/**
 * What histograms of one metric become as statistics, together. Counts and sums add up at the receiver, whatever it
 * has already; the others are as they are.
 * @param tail what stands behind each value's type: tags, and the time
 * @param again whether it has the others of this pass
 */
export function* summaryLines(
  [first, ...others]: readonly [Sample, ...Sample[]],
  name: string,
  tail: string,
  settings: StatsdSettings,
  again: boolean,
): Generator<Line> {
  const histogram = (first.value as LogLinearHistogram).clone();
  for (const { value } of others) {
    histogram.merge(value as LogLinearHistogram);
    // There may be very many.
    yield { text: '', part: undefined };
  }
  const factor = millisecondsPer(first, false);
  const sum = rounded((histogram.recordedSum ?? histogram.sum()) * factor);
  const none = histogram.count === 0;
  yield {
    text: none ? '' : `${name}.count:${fixedNotation(histogram.count)}|c${tail}\n${name}.sum:${sum}|c${tail}`,
    part: first,
    others,
  };
  if (!none && !again) yield* gauges(histogram, name, tail, factor, settings);
}

/** What values are multiplied by: timers, and whatever is sent as one, are in milliseconds; else 1. */
function millisecondsPer({ series, unit }: Sample, timer: boolean): number {
  if (!timer && series.metric.instrument !== 'timer') return 1;
  const info = unit === undefined ? undefined : unitInfo(unit);
  return info?.base === 'seconds' ? info.factor * 1000 : 1;
}

/** Bins of the same count share a line where the dialect allows several values, and so a sample rate. */
function* binLines(
  sample: Sample,
  histogram: LogLinearHistogram,
  name: string,
  tags: string,
  factor: number,
  settings: StatsdSettings,
): Generator<Line> {
  const dog = settings.dialect === 'dogstatsd';
  const groups = new Map<number, BinCount[]>();
  for (const bin of histogram.bins()) {
    const group = groups.get(bin.count);
    if (group === undefined) groups.set(bin.count, [bin]);
    else group.push(bin);
  }
  // Half a packet at most: so no packet but the last is less than half full.
  const room = dog ? Math.floor(settings.maxPacketBytes / 2) - 1 : 0;
  for (const [count, bins] of groups) {
    const rate = count === 1 ? '' : `|@${rateFor(count, dog)}`;
    const tail = `|${settings.distributions}${rate}${tags}`;
    let values: string[] = [];
    let length = 0;
    let carried: [number, number][] = [];
    const line = (): Line => ({
      text: `${name}:${values.join(':')}${tail}`,
      part: { sample, bins: carried },
    });
    for (const bin of bins) {
      if (bin.val < 0 && !dog) {
        // The daemon takes a line with a negative time for a bad one.
        yield { text: '', part: { sample, bins: [[bin.edge, count]] }, reason: 'negative' };
        continue;
      }
      const value = rounded(binMidpoint(bin) * factor, midpointDigits);
      if (values.length > 0 && name.length + length + value.length + 2 + tail.length > room) {
        yield line();
        [values, length, carried] = [[], 0, []];
      }
      values.push(value);
      length += value.length + 1;
      carried.push([bin.edge, count]);
    }
    if (values.length > 0) yield line();
  }
}

/** Statistics that do not add up. */
function* gauges(
  histogram: LogLinearHistogram,
  name: string,
  tail: string,
  factor: number,
  { quantiles, dialect }: StatsdSettings,
): Generator<Line> {
  const list = ['min', 'max', 'mean', ...[...quantiles].sort((a, b) => a - b)] as const;
  for (const [statistic, value] of statistics(histogram, list)) {
    yield {
      text: gaugeLine(`${name}.${statistic}`, rounded(value * factor), tail, dialect),
      part: undefined,
    };
  }
}
