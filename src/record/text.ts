import type { Registry } from './registry.js';
import type { Series, TextCell } from './series.js';

/** The longest text, in bytes of UTF-8: what Circonus keeps. */
const maxTextBytes = 512;

/** A text, such as a version; null until it is set. */
export class Text {
  readonly #registry: Registry;
  readonly #cell: TextCell;

  /** @internal Made by `namespace.text`. */
  constructor(registry: Registry, series: Series) {
    this.#registry = registry;
    this.#cell = series.store as TextCell;
  }

  /**
   * Sets the text. Of a longer one the first 512 bytes of its UTF-8 form are kept, cut between two characters.
   * What is not a string is ignored and counted under `value`. Never throws.
   */
  set(text: string): void {
    if (typeof text === 'string') this.#cell.text = cut(text);
    else this.#registry.tally.refuse('value');
  }

  /** The text as kept; null while there is none. */
  get value(): string | null {
    return this.#cell.text;
  }

  /** Back to null, as when it was made. */
  clear(): void {
    this.#cell.text = null;
  }

  /** @internal The same, as an `observe` function that failed asks for it. */
  unset(): void {
    this.clear();
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
