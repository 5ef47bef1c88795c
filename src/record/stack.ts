/** Entries of a page. */
const length = 1024;

/**
 * What was added last comes first. In pages: an array of a hundred thousand stops everything for milliseconds whenever it
 * grows, because it moves to memory that nobody has touched before.
 */
export class Stack<T> {
  readonly #full: T[][] = [];
  #page: T[] = [];

  get size(): number {
    return this.#full.length * length + this.#page.length;
  }

  push(entry: T): void {
    if (this.#page.length === length) {
      this.#full.push(this.#page);
      this.#page = [];
    }
    this.#page.push(entry);
  }

  pop(): T | undefined {
    if (this.#page.length === 0) this.#page = this.#full.pop() ?? this.#page;
    return this.#page.pop();
  }

  clear(): void {
    this.#full.length = 0;
    this.#page = [];
  }
}
