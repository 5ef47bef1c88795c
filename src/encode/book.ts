/** Maps that names are spread over: so many that one of them grows within a fraction of a millisecond. */
const spread = 64;
/** How many names one map has before that. */
const few = 1024;

/**
 * Small numbers for names: 0, 1, 2, … in the order of their first look-up. Not one `Map`, because a map of a hundred
 * thousand names stops everything for several milliseconds whenever it grows.
 */
export class Book {
  /** How many names there are. */
  size = 0;
  /** By which a number's owner knows whose it is, without keeping all other names. */
  readonly edition: object = {};
  // Not a `#` field: V8 takes about twice as long to reach those.
  private maps: readonly Map<string, number>[] = [new Map()];

  /** A name's number; undefined if it has none. */
  find(name: string): number | undefined {
    return this.mapOf(name).get(name);
  }

  /** A name's number, which it is given if it has none. */
  add(name: string): number {
    const map = this.mapOf(name);
    const there = map.get(name);
    if (there !== undefined) return there;
    map.set(name, this.size);
    if (this.size + 1 === few) this.spread();
    return this.size++;
  }

  private spread(): void {
    const [all] = this.maps as [Map<string, number>];
    this.maps = Array.from({ length: spread }, () => new Map());
    for (const [name, number] of all) this.mapOf(name).set(name, number);
  }

  /** By FNV-1a of the name, which spreads at random, so that the maps do not all grow at the same time. */
  private mapOf(name: string): Map<string, number> {
    const { maps } = this;
    if (maps.length === 1) return maps[0] as Map<string, number>;
    let hash = 0x811c9dc5;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return maps[(hash ^ (hash >>> 15)) & (spread - 1)] as Map<string, number>;
  }
}
