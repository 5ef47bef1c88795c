import { LogLinearHistogram, SplitHistogram } from '../histogram/index.js';
import type { CellStore } from './cells.js';
import { Counter } from './counter.js';
import { gaugeCells, gaugeHandle } from './gauge.js';
import type { Handle } from './handle.js';
import { Histogram, HistogramWithBounds } from './histogram.js';
import type { Metric } from './metric.js';
import type { Series, Store } from './series.js';
import { Text } from './text.js';
import { Timer, TimerWithBounds } from './timer.js';

/** A zeroed store for one series of a metric, and where in it the series begins. */
export function newStore(
  metric: Metric,
  cells: Pick<CellStore, 'block' | 'place' | 'allocate'>,
): [Store, number] {
  if (metric.kind === 'text') return [{ text: null }, 0];
  if (metric.kind === 'histogram') {
    const { bounds } = metric;
    return [bounds === undefined ? new LogLinearHistogram(cells) : new SplitHistogram(bounds, cells), 0];
  }
  const at = cells.place(gaugeCells(metric.type));
  return [cells.block, at];
}

/** The handle of a series: of the kind that its metric was registered as. */
export function newHandle(series: Series): Handle {
  const { instrument, buckets } = series.metric;
  switch (instrument) {
    case 'counter':
      return new Counter(series);
    case 'gauge':
      return gaugeHandle(series);
    case 'text':
      return new Text(series);
    case 'histogram':
      return buckets === undefined ? new Histogram(series) : new HistogramWithBounds(series);
    case 'timer':
      return buckets === undefined ? new Timer(series) : new TimerWithBounds(series);
  }
}
