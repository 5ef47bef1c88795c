/** Entries of a page, a power of two. */
const length = 1024;

/**
 * A list of very many entries, in pages: an array of a hundred thousand stops everything for milliseconds whenever it
 * grows or is copied, because it moves to memory that nobody has touched before.
 */
export class Paged<T> {
  // Not `#` fields: V8 takes about twice as long to reach those.
  private pages: (T | undefined)[][] = [];
  /** Of each page, whether it is there, and is this list's alone. */
  private own: boolean[] = [];

  get(index: number): T | undefined {
    return this.pages[index >>> 10]?.[index % length];
  }

  set(index: number, entry: T | undefined): void {
    const at = index >>> 10;
    if (!this.own[at]) {
      this.pages[at] = this.pages[at]?.slice() ?? new Array(length);
      this.own[at] = true;
    }
    (this.pages[at] as (T | undefined)[])[index % length] = entry;
  }

  /** The list as it is now, which is not to be changed. Pages are copied one by one when they change in this one. */
  copy(): Paged<T> {
    const copy = new Paged<T>();
    copy.pages = this.pages.slice();
    this.own = [];
    return copy;
  }
}
