import { FirstDrops } from '../../collect/first-drops.js';
import type { AccessOptions } from '../../serve/access.js';
import { Endpoint, type EndpointStatus } from '../../serve/endpoint.js';
import { type Served, served } from '../../serve/served.js';
import { checkSource, type Source } from '../../serve/shared.js';
import { inSlices } from '../../serve/slices.js';
import { checkOptions, oneOf, type Rule } from '../options.js';
import { type LeftOut, type Rendering, TextEncoding } from './encode.js';
import type { Format } from './family.js';
import { contentTypes, formatFor } from './negotiate.js';

/** Options of {@link prometheus}. */
export interface PrometheusOptions {
  /** Who may read; everybody, and on any path, unless given. `{}` makes up a path, a user and a password. */
  readonly access?: AccessOptions | false;
  /**
   * Upper bounds of the buckets of timers and histograms that have none of their own (their option `buckets`),
   * ascending, in their unit. Unless given, 1, 2.5 and 5 × 10^k over what is usual in the unit: for seconds from
   * 0.0001 to 50. They are made of whole bins: a bound of more than two significant digits becomes the next one of two,
   * and counts are off by the samples of one bin at most. Buckets that a metric declares itself are exact.
   */
  readonly buckets?: readonly number[];
  /** Writes timers and histograms as summaries with these quantiles, each from 0 to 1, ascending, in place of buckets. */
  readonly quantiles?: readonly number[];
}

/** Options of a render. */
export interface RenderOptions {
  /** `text` is Prometheus' 0.0.4, and the default; `openmetrics` is OpenMetrics 1.0. */
  readonly format?: Format;
  /** Only families that have one of these names, as their own or as one of their samples'. */
  readonly names?: readonly string[];
  /** As {@link PrometheusOptions.buckets}, for this render. */
  readonly buckets?: readonly number[];
}

/** What came of the scrapes. */
export interface PrometheusStatus extends EndpointStatus {
  /** How many series the last whole render left out, by reason. */
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/** A recorder as Prometheus, and whatever reads its formats, scrapes it. */
export interface PrometheusScrape extends Served {
  /**
   * The document in chunks, made from one snapshot, at most 10 ms at a time.
   * @throws MetricsError `invalid_option`, at once
   */
  render(options?: RenderOptions): AsyncGenerator<string, void>;
  /** What came of the scrapes so far. */
  status(): PrometheusStatus;
}

/**
 * Shows a recorder to Prometheus: in its text format 0.0.4, or OpenMetrics 1.0 if the scraper likes that better.
 * @throws MetricsError `invalid_option`
 */
export function prometheus(recorder: Source, options: PrometheusOptions = {}): PrometheusScrape {
  checkSource('prometheus', recorder);
  checkOptions('prometheus', options, { access: any, buckets: ascending, quantiles });
  // Copies, because the host's lists may change.
  const buckets = options.buckets?.slice();
  const encoding = new TextEncoding(options.quantiles?.slice());
  let leftOut = noneLeftOut();
  const firstDrops = new FirstDrops('prometheus');
  const pieces = function* (
    snapshot: Parameters<TextEncoding['pieces']>[0],
    rendering: Rendering,
  ): Generator<string> {
    const counts = noneLeftOut();
    yield* encoding.pieces(snapshot, rendering, (reason, series) => {
      counts[reason]++;
      firstDrops.note(series, reason);
    });
    leftOut = counts;
  };
  const endpoint = new Endpoint('prometheus', recorder, options.access ?? false, ({ header, query }) => {
    const format = formatFor(header('accept'));
    const names = new URLSearchParams(query).getAll('name[]');
    return {
      contentType: contentTypes[format],
      pieces: (snapshot) => pieces(snapshot, { format, names, bounds: buckets }),
    };
  });
  return {
    ...served(endpoint),
    render(given = {}) {
      const rendering = renderingOf(given, buckets);
      return (async function* () {
        const begun = performance.now();
        const snapshot = await recorder.collect();
        try {
          yield* inSlices(pieces(snapshot, rendering), begun);
        } finally {
          snapshot.capture?.release();
        }
      })();
    },
    status: () => ({ ...endpoint.status(), leftOut: { ...leftOut } }),
  };
}

function noneLeftOut(): Record<LeftOut, number> {
  return { no_value: 0, collision: 0, suppressed: 0 };
}

function renderingOf(options: RenderOptions, buckets: readonly number[] | undefined): Rendering {
  checkOptions('prometheus.render', options, {
    format: oneOf('text', 'openmetrics'),
    names: texts,
    buckets: ascending,
  });
  const { format = 'text', names = [] } = options;
  return { format, names: [...names], bounds: options.buckets?.slice() ?? buckets };
}

const any: Rule = [() => true, ''];

const isAscending = (list: unknown): boolean =>
  Array.isArray(list) &&
  list.length > 0 &&
  list.every((x, i) => Number.isFinite(x) && (i === 0 || x > (list[i - 1] as number)));

const ascending: Rule = [isAscending, 'a list of ascending numbers, such as [0.1, 1, 10]'];

const quantiles: Rule = [
  (list: unknown) => isAscending(list) && (list as readonly number[]).every((q) => q >= 0 && q <= 1),
  'a list of ascending numbers from 0 to 1, such as [0.5, 0.99]',
];

const texts: Rule = [
  (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === 'string'),
  "a list of metrics' names",
];
