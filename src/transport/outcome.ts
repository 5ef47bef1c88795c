/**
 * What became of a payload:
 *
 * | outcome | meaning | what a flusher does |
 * |---|---|---|
 * | `delivered` | the backend said that it has it | commits its parts |
 * | `sent` | the bytes were handed over without an error, by a protocol without a reply | commits its parts |
 * | `rejected` | the backend will never take it | drops it, counts it, goes on with the next |
 * | `failed` | the backend does not have it | ends the pass; the next one carries the difference |
 * | `unknown` | it may have arrived | as `onUnknown` says: keeps the difference, or takes it as sent |
 */
export type Outcome = 'delivered' | 'sent' | 'rejected' | 'failed' | 'unknown';

/** What a backend answers for one payload. */
export interface SendResult {
  /** What became of it. */
  readonly outcome: Outcome;
  /** A stable word for programs, such as an error's code (`ECONNREFUSED`) or an HTTP status (`503`). */
  readonly code?: string;
  /** Why, for people; where there is one, in the backend's own words. */
  readonly message?: string;
  /** Of `failed`: how long the backend asks to be left alone, in milliseconds, 0 to an hour. */
  readonly retryAfter?: number;
  /**
   * Of `delivered`: how many of the payload's data points the backend refused for good. They are counted as drops, and
   * `message` says why.
   */
  readonly rejected?: number;
  /** What the backend said, kept in the flusher's status. */
  readonly reply?: unknown;
}

/** What an error says. One of a name with several addresses has an error for each, and no message of its own. */
export function messageOf({ message, errors = [] }: Error & { readonly errors?: readonly Error[] }): string {
  return (message || errors.map((one: Error) => one.message).join('; ')).trim();
}
