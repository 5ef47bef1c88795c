import { longestDelay } from './clock.js';
import { type Expiring, type Registry, type Swept, workInTurn, workOfEnd } from './registry.js';

/** A family, as far as its series can be idle. */
export interface Slots {
  /** How many slots there are, empty ones too. */
  readonly slots: number;
  /** Takes the cells away from a slot's handles; true if one had some. `undefined` where there is no series. */
  detach(slot: number): boolean | undefined;
  /** Ends a slot's series, unless it must not end. */
  expire(slot: number): void;
}

/**
 * Ends the series of a family that have not been touched for some time. Touches are not timed, which would cost more
 * than recording: each sweep takes the cells away from the handles, and who has them again at the next was touched in
 * between. Sweeps come before every read of the recorder, and twice in `expireAfter`. Each series is looked at for
 * itself, so that a sweep can stop anywhere and go on later.
 */
export class Idle implements Expiring {
  readonly #expireAfter: number;
  readonly #registry: Registry;
  readonly #slots: Slots;
  /** When each slot was last known to be in use, by the monotonic clock. */
  #touched: number[] = [];
  /** The slot that is looked at next. */
  #next = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the timer is at. */
  #sweep: Generator<void, Swept> | undefined;

  constructor(expireAfter: number, registry: Registry, slots: Slots) {
    this.#expireAfter = expireAfter;
    this.#registry = registry;
    this.#slots = slots;
    registry.expiring.add(this);
  }

  /** Watches over a slot's new series. */
  begin(slot: number): void {
    this.#touched[slot] = this.#registry.clock.monotonic();
    this.#timer ??= this.#wait(this.#expireAfter / 2);
  }

  /** Notes that all its series were ended. */
  forget(): void {
    this.#touched = [];
    this.#next = 0;
  }

  *sweep(): Generator<void, Swept> {
    let work = 0;
    let some = false;
    let now = this.#registry.clock.monotonic();
    for (let looks = this.#slots.slots; looks > 0; looks--) {
      const slot = this.#next < this.#slots.slots ? this.#next : 0;
      this.#next = slot + 1;
      const attached = this.#slots.detach(slot);
      work++;
      if (attached !== undefined) some = true;
      // A clock that went back, such as a test's, must not keep series for as long as it went.
      if (attached || now < this.#touched[slot]!) {
        this.#touched[slot] = now;
      } else if (attached === false && now - this.#touched[slot]! >= this.#expireAfter) {
        this.#slots.expire(slot);
        work += workOfEnd;
      }
      if (work < workInTurn) continue;
      yield;
      work = 0;
      now = this.#registry.clock.monotonic();
    }
    return { work, some };
  }

  hurry(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#wait(0);
  }

  /** There is a timer only while there are series, and it keeps no process alive. */
  #wait(delay: number): ReturnType<typeof setTimeout> {
    const again = (): void => {
      this.#sweep ??= this.sweep();
      const { done, value } = this.#sweep.next();
      if (done) this.#sweep = undefined;
      this.#timer = done && !value.some ? undefined : this.#wait(done ? this.#expireAfter / 2 : 0);
    };
    const timer = setTimeout(again, Math.min(delay, longestDelay));
    (timer as { unref?(): void }).unref?.();
    return timer;
  }
}
