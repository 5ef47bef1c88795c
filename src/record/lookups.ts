import type { Handle } from './handle.js';

/** What `Family.with` is given, which may be anything. */
export type Tags = Readonly<Record<string, unknown>> | null | undefined;

/** Whose tags are read: a family of four tags at most. */
interface Named {
  /** The names of its tags. */
  readonly name0: string;
  readonly name1: string | undefined;
  readonly name2: string | undefined;
  readonly name3: string | undefined;
  /** The handle of the series with these values, in the order of the names; of one name or two. */
  byTwo(value0: unknown, value1: unknown): Handle | undefined;
  /** The same of three names or four. */
  byFour(value0: unknown, value1: unknown, value2: unknown, value3: unknown): Handle | undefined;
  /** A handle that records nothing, where a tag is missing. */
  refused(tags: Tags): Handle;
  /** The same where a getter of the host's threw. */
  unreadable(error: unknown): Handle;
}

/**
 * Reads tags by a family's names, and finds their series. Values are passed on one by one, because an object that goes
 * where V8 cannot follow has to be allocated, and what the host has written between the braces need not be.
 */
type Lookup = (this: Named, tags: Tags) => Handle;

/**
 * The same again and again, because V8 remembers of each place in a program by which names it reads properties there.
 * What reads by the names of one family takes half as long as what all families share.
 */
const lookups: readonly Lookup[] = [
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
  function (tags) {
    try {
      const { name0, name1, name2, name3 } = this;
      return (
        (name2 === undefined
          ? this.byTwo(tags?.[name0], name1 === undefined ? name1 : tags?.[name1])
          : this.byFour(
              tags?.[name0],
              tags?.[name1!],
              tags?.[name2],
              name3 === undefined ? name3 : tags?.[name3],
            )) ?? this.refused(tags)
      );
    } catch (error) {
      return this.unreadable(error);
    }
  },
];

/** Who has one of its own: of all recorders, since they come and go, but places in a program do not. It stays small. */
const byNames = new Map<string, Lookup>();

/** The lookup of a family with these names. The last one is for all that came too late for one of their own. */
export function lookupOf(names: readonly string[]): Lookup {
  // As JSON no two lists of strings are the same.
  const key = JSON.stringify(names);
  const known = byNames.get(key);
  if (known !== undefined) return known;
  const lookup = lookups[byNames.size] as Lookup;
  if (byNames.size < lookups.length - 1) byNames.set(key, lookup);
  return lookup;
}
