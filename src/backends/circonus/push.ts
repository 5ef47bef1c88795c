import { must } from '../../checks.js';
import type { Temporality } from '../../collect/snapshot.js';
import type { Backend } from '../../flush/backend.js';
import { certificates, checkOptions, integerFrom, oneOf } from '../options.js';
import { SeriesEncoder } from '../push/encoder.js';
import { headersRule, httpBackend, httpUrl } from '../push/http.js';
import { Members } from './encode.js';
import { judge } from './judge.js';
import { pushName } from './names.js';

/** Options of {@link circonus}. */
export interface CirconusOptions {
  /** The HTTPTrap check's submission URL, with its secret: `https://broker:43191/module/httptrap/<uuid>/<secret>`. */
  readonly url: string | URL;
  /**
   * `cumulative`, unless given: totals, with histograms of type `H`; a payload that is sent again cannot count twice.
   * `delta`: differences, with histograms of type `h`.
   */
  readonly temporality?: Temporality;
  /**
   * The CA that the broker's certificate is from, in PEM: one text, or several. Only this CA counts then, and the host's
   * name may stand in the certificate's CN alone, as it does at Circonus' brokers. Their CA is told by the API's
   * `/pki/ca.crt`, as `contents`. Needs Node.js, and a `url` with https. Unless given, what the runtime trusts.
   */
  readonly ca?: string | readonly string[];
  /**
   * More headers for every request. Brokers are sent bodies of more than 1,024 bytes as gzip, of which those from before
   * 2020 read only the beginning: `{ 'content-encoding': 'identity' }` leaves them as they are.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** The largest request body in bytes, before it is compressed: 64 or more; 262,144 unless given. */
  readonly maxPayloadBytes?: number;
}

/**
 * Pushes to a Circonus HTTPTrap check.
 *
 * What the broker may have taken, or not, because the connection broke or no answer came, is settled by the flusher's
 * `onUnknown`: unless given, `resend` for totals, which replace what is there, and `drop` for differences, which would
 * be added a second time.
 * @throws MetricsError `invalid_url`, `invalid_option`
 */
export function circonus(options: CirconusOptions): Backend {
  checkOptions('circonus', options, {
    url: [() => true, 'a URL'],
    temporality: oneOf('cumulative', 'delta'),
    ca: certificates,
    headers: headersRule,
    maxPayloadBytes: integerFrom(64),
  });
  const { temporality = 'cumulative', ca, maxPayloadBytes = 262_144, headers, url: given } = options ?? {};
  const url = httpUrl('circonus', given, submissionUrl);
  must(ca === undefined || url.protocol === 'https:', 'circonus: with ca, url', 'an https URL', url.protocol);
  return httpBackend({
    name: 'circonus',
    url,
    method: 'PUT',
    contentType: 'application/json',
    headers: [headers],
    // An agent on the host, which has other paths, does not read compressed bodies.
    gzip: url.pathname.includes('/module/httptrap/'),
    temporality,
    encoder: new SeriesEncoder(
      new Members((sample) => pushName(sample), { limit: maxPayloadBytes, timestamps: true }),
    ),
    judge,
    probe: '{}',
    redact: redacted,
    ca,
  });
}

const submissionUrl = "the check's submission URL, https://<broker>:43191/module/httptrap/<uuid>/<secret>";

/** The URL without the check's secret, which is all that protects the check. */
function redacted({ origin, pathname }: URL): string {
  return origin + pathname.replace(/(\/module\/httptrap\/[^/]+\/)[^/]+/, '$1…');
}
