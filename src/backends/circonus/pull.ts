import { FirstDrops } from '../../collect/first-drops.js';
import type { Snapshot } from '../../collect/snapshot.js';
import { nothing } from '../../encode/pack.js';
import type { Drop } from '../../flush/backend.js';
import type { AccessOptions } from '../../serve/access.js';
import { Endpoint, type EndpointStatus } from '../../serve/endpoint.js';
import { type Served, served } from '../../serve/served.js';
import { checkSource, type Source } from '../../serve/shared.js';
import { inSlices } from '../../serve/slices.js';
import { checkOptions } from '../options.js';
import { SeriesEncoder } from '../push/encoder.js';
import { Members } from './encode.js';
import { pushName, reservedInPull } from './names.js';

/** Options of {@link circonusPull}. */
export interface CirconusPullOptions {
  /** Who may read. Unless given, a path, a user and a password are made up; `false` lets everybody read. */
  readonly access?: AccessOptions | false;
}

/** What came of the brokers' requests. */
export interface CirconusPullStatus extends EndpointStatus {
  /** How many series the last whole document left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** A recorder as a JSON check of Circonus pulls it. */
export interface CirconusPull extends Served {
  /** The document in chunks, made from one snapshot, at most 10 ms at a time. */
  render(): AsyncGenerator<string, void>;
  /** What came of the requests so far. */
  status(): CirconusPullStatus;
}

/** Characters of text that are made at once, well within a millisecond. */
const textAtOnce = 16_384;
/** And so many series are left out at once. */
const leftOutAtOnce = 256;

/**
 * Shows a recorder to a Circonus broker's JSON check: the same names and types as the push backend's, totals, without
 * timestamps, which a broker would take for metrics where it pulls. Locked unless `access` opens it: give the check the
 * URL, user and password that `describe()` tells.
 * @throws MetricsError `invalid_option`
 */
export function circonusPull(recorder: Source, options: CirconusPullOptions = {}): CirconusPull {
  checkSource('circonusPull', recorder);
  // What `access` holds is checked by the lock.
  checkOptions('circonusPull', options, { access: [() => true, ''] });
  const members = new SeriesEncoder(
    new Members((sample) => pushName(sample, reservedInPull), { timestamps: false }),
  );
  let leftOut: Readonly<Record<string, number>> = {};
  const firstDrops = new FirstDrops('circonusPull');

  const pieces = function* (snapshot: Snapshot): Generator<string> {
    const counts = new Map<string, number>();
    const drop: Drop = ({ series }, reason) => {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      firstDrops.note(series, reason);
    };
    let text = '{';
    let separator = '';
    let left = 0;
    for (const entry of members.entries(snapshot, drop)) {
      if (entry === nothing) {
        left++;
      } else {
        text += separator + entry.chunk;
        separator = ',';
      }
      if (text.length < textAtOnce && left < leftOutAtOnce) continue;
      yield text;
      text = '';
      left = 0;
    }
    yield `${text}}\n`;
    leftOut = Object.fromEntries(counts);
  };
  // A broker tries XML first unless the type says JSON, and takes big integers for doubles on its way back from there.
  const document = { contentType: 'application/json; charset=utf-8', pieces };
  const endpoint = new Endpoint('circonusPull', recorder, options.access ?? {}, () => document);
  return {
    ...served(endpoint),
    async *render() {
      const begun = performance.now();
      const snapshot = await recorder.collect();
      try {
        yield* inSlices(pieces(snapshot), begun);
      } finally {
        snapshot.capture?.release();
      }
    },
    status: () => ({ ...endpoint.status(), leftOut }),
  };
}
