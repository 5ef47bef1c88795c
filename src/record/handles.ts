import { Counter } from './counter.js';
import { gaugeHandle } from './gauge.js';
import type { Handle } from './handle.js';
import { Histogram } from './histogram.js';
import type { Series } from './series.js';
import { Text } from './text.js';
import { Timer } from './timer.js';

/** Makes a handle of a series: of the kind that its metric was registered as. */
export function newHandle(series: Series): Handle {
  switch (series.metric.instrument) {
    case 'counter':
      return new Counter(series);
    case 'gauge':
      return gaugeHandle(series);
    case 'text':
      return new Text(series);
    case 'histogram':
      return new Histogram(series);
    case 'timer':
      return new Timer(series);
  }
}
