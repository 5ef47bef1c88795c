import { Handle } from './handle.js';
import type { Series, TextCell } from './series.js';

/** The longest text, in bytes of UTF-8: what Circonus keeps. */
const maxTextBytes = 512;

/** A text, such as a version; null until it is set. */
export class Text extends Handle {
  #cell: TextCell | undefined;

  /** @internal Made by `namespace.text`. */
  constructor(series: Series) {
    super(series);
    this.#cell = series.store as TextCell;
  }

  /**
   * Sets the text. Of a longer one the first 512 bytes of its UTF-8 form are kept, cut between two characters.
   * What is not a string is ignored and counted under `value`. Never throws.
   */
  set(text: string): void {
    if (typeof text !== 'string') this.refuse(text);
    else if (this.#cell === undefined) this.revive().set(text);
    else this.#cell.text = cut(text);
  }

  /** The text as kept; null while there is none, and once its series has ended. */
  get value(): string | null {
    return this.series.ended ? null : (this.series.store as TextCell).text;
  }

  /** Back to null, as when it was made. */
  clear(): void {
    if (this.series.ended) return;
    this.attach();
    (this.series.store as TextCell).text = null;
  }

  /** @internal The same, as an `observe` function that failed asks for it. */
  unset(): void {
    this.clear();
  }

  /** @internal */
  attach(): void {
    this.#cell = this.series.store as TextCell;
  }

  /** @internal */
  detach(): boolean {
    const attached = this.#cell !== undefined;
    this.#cell = undefined;
    return attached;
  }
}

/** The longest beginning of `text` that takes at most 512 bytes and ends between two code points. */
function cut(text: string): string {
  // No UTF-16 unit takes more than three bytes, so most texts need no counting.
  if (text.length * 3 <= maxTextBytes) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > maxTextBytes) return text.slice(0, end);
    end += character.length;
  }
  return text;
}
