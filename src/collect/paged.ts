/** Entries of a page, a power of two. */
const length = 1024;

/**
 * A list of very many entries, in pages: an array of a hundred thousand stops everything for milliseconds whenever it
 * grows or is copied, because it moves to memory that nobody has touched before.
 */
export class Paged<T> {
  // Not a `#` field: V8 takes about twice as long to reach those.
  private readonly pages: (T | undefined)[][];

  constructor(pages: (T | undefined)[][] = []) {
    this.pages = pages;
  }

  get(index: number): T | undefined {
    return this.pages[index >>> 10]?.[index % length];
  }

  set(index: number, entry: T | undefined): void {
    this.pages[index >>> 10] ??= [];
    (this.pages[index >>> 10] as (T | undefined)[])[index % length] = entry;
  }

  /** The list as it is now. */
  copy(): Paged<T> {
    return new Paged(this.pages.map((page) => page.slice()));
  }
}
