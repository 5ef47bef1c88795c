/**
 * What a mistake at construction or registration is called. The codes are stable: programs may match on them.
 *
 * | code | meaning |
 * |---|---|
 * | `invalid_name` | a namespace's or a metric's name is empty or not a string |
 * | `invalid_tag` | a tag's category is empty, or a category or value is not a string |
 * | `invalid_unit` | a unit that is not in the table of units |
 * | `invalid_option` | an option that does not exist, or a value outside its range |
 * | `name_clash` | the name is taken by another kind, or by the same kind with other options |
 * | `too_many_series` | declared tag values make more series than `maxSeries`, or the recorder has its `maxSeries` |
 * | `invalid_url` | a backend's URL cannot be parsed or has the wrong scheme |
 * | `invalid_quantile` | a quantile outside 0..1, or not in ascending order |
 * | `invalid_histogram` | serialized bytes or strings that are not a histogram |
 * | `invalid_thread` | `share` or `attach` in a thread where it has no meaning |
 * | `unsupported` | the runtime has no growable memory that threads can share |
 * | `closed` | the recorder or cursor was closed |
 */
export type MetricsErrorCode =
  | 'invalid_name'
  | 'invalid_tag'
  | 'invalid_unit'
  | 'invalid_option'
  | 'name_clash'
  | 'too_many_series'
  | 'invalid_url'
  | 'invalid_quantile'
  | 'invalid_histogram'
  | 'invalid_thread'
  | 'unsupported'
  | 'closed';

/** The only error that circmetrics throws, and only while something is constructed, registered or decoded. */
export class MetricsError extends Error {
  /** For messages and for programs that have another copy of the class. */
  override readonly name = 'MetricsError';

  /** Stable; see {@link MetricsErrorCode}. */
  readonly code: MetricsErrorCode;

  /** @param message one sentence that says what is wrong and how to mend it */
  constructor(code: MetricsErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
