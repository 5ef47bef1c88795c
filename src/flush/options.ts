import { must, optionsOf } from '../checks.js';
import { everything, type View, withTags } from '../collect/view.js';
import { type TagOptions, tagsOf } from '../record/tags.js';
import type { Backend } from './backend.js';
import { acceptance, type Selector, selectorsOf } from './select.js';

/** Options of `recorder.flushTo`. */
export interface FlushOptions {
  /** Milliseconds from one pass to the next: 100 to 2,147,483,647. */
  readonly every: number;
  /**
   * By how much of `every` a pass may be moved at random, 0 to 0.5, so that many processes do not all send at once:
   * earlier, or later with `align`. Unless given, 0.1, and 0 with `align`.
   */
  readonly jitter?: number;
  /** True: passes begin when the clock shows a multiple of `every`, such as each full minute, and never before. */
  readonly align?: boolean;
  /** How long one pass may take, in milliseconds: 1 to `every`. Unless given, `every`, but at most 10 seconds. */
  readonly timeout?: number;
  /** How often a payload that failed is sent again within a pass, 0 to 100. Unless given, what is best for the backend. */
  readonly retries?: number;
  /**
   * What to do with a payload that may have arrived: `resend` never loses and may count twice, `drop` never counts
   * twice and may lose. Unless given, what is best for the backend.
   */
  readonly onUnknown?: 'resend' | 'drop';
  /** Which series are sent: those that fit one of these. All unless given. */
  readonly include?: Selector | readonly Selector[];
  /** Which of these are not. */
  readonly exclude?: Selector | readonly Selector[];
  /** Tags that every series gets here, beside its own. */
  readonly tags?: TagOptions;
}

/** The same, checked and complete. */
export interface FlushSettings
  extends Required<Pick<FlushOptions, 'every' | 'jitter' | 'align' | 'timeout' | 'retries' | 'onUnknown'>> {
  readonly view: View;
}

/** The longest delay that a timer can have, in milliseconds. */
export const longest: number = 2 ** 31 - 1;

/** Checks what the host gave to `flushTo`. */
export function flushSettings(backend: Backend, options: FlushOptions): FlushSettings {
  const whole = typeof backend?.encode === 'function' && typeof backend.send === 'function';
  must(whole, 'What flushTo sends to', 'a backend, such as circonus({ url })', backend);
  optionsOf('flushTo', options, [
    'every',
    'jitter',
    'align',
    'timeout',
    'retries',
    'onUnknown',
    'include',
    'exclude',
    'tags',
  ]);
  const every = options?.every;
  number('every', every, 100, longest, ' milliseconds');
  const {
    align = false,
    jitter = align ? 0 : 0.1,
    retries = backend.retries ?? 2,
    onUnknown = backend.onUnknown,
  } = options;
  const { timeout = Math.min(every, 10_000) } = options;
  must(typeof align === 'boolean', 'align', 'true or false', align);
  number('jitter', jitter, 0, 0.5);
  number('timeout', timeout, 1, every, ' milliseconds');
  number('retries', retries, 0, 100);
  must(onUnknown === 'resend' || onUnknown === 'drop', 'onUnknown', "'resend' or 'drop'", onUnknown);
  const accept = acceptance(selectorsOf('include', options.include), selectorsOf('exclude', options.exclude));
  const tags = tagsOf(options.tags);
  const view = { ...(tags.length === 0 ? everything : withTags(tags)), accept };
  return { every, jitter, align, timeout, retries, onUnknown, view };
}

function number(option: string, value: unknown, least: number, most: number, unit = ''): void {
  const within = typeof value === 'number' && value >= least && value <= most;
  must(within, option, `${least} to ${most}${unit}`, value);
}
