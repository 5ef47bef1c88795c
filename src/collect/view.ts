import type { Series } from '../record/series.js';
import { canonicalTags, type Tag } from '../record/tags.js';
import { Sample } from './sample.js';

/** What one consumer wants to see of a recorder. */
export interface View {
  /** Whether it wants a series at all; always the same answer for the same series. */
  readonly accept: (series: Series) => boolean;
  /** What samples are made of. */
  readonly Sample: typeof Sample;
}

/** The view of all that there is, as it is. */
export const everything: View = { accept: () => true, Sample };

/** A view in which every sample has some tags more than its series. */
export function withTags(more: readonly Tag[]): View {
  class TaggedSample extends Sample {
    override get tags(): readonly Tag[] {
      return canonicalTags(super.tags, more);
    }
  }
  return { ...everything, Sample: TaggedSample };
}
