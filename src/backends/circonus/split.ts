import { LogLinearHistogram } from '../../histogram/index.js';

/**
 * Cuts a histogram into others of which each, in base64, has at most `most` characters; all but the last are as large
 * as they can be, so that no two that follow each other fit into one body. Bins that do not fit alone are left out.
 */
export function* pieces(histogram: LogLinearHistogram, most: number): Generator<LogLinearHistogram> {
  let piece = new LogLinearHistogram();
  let bytes = 2;
  for (const { val, exp, count } of histogram.bins()) {
    // libcircllhist: value, exponent, and how many bytes the count has, which follows.
    const more = 3 + Math.max(1, Math.ceil(Math.log2(count + 1) / 8));
    if (piece.count > 0 && base64Length(bytes + more) > most) {
      yield piece;
      piece = new LogLinearHistogram();
      bytes = 2;
    }
    if (base64Length(bytes + more) > most) continue;
    piece.recordScaled(val, exp - 1, count);
    bytes += more;
  }
  if (piece.count > 0) yield piece;
}

function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}
