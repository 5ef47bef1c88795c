import type { Expiring, Registry } from './registry.js';

/** The longest delay that a timer can have, in milliseconds. */
const longest = 2 ** 31 - 1;

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
 * between. Sweeps come before every read of the recorder, and twice in `expireAfter`.
 */
export class Idle implements Expiring {
  readonly #expireAfter: number;
  readonly #registry: Registry;
  readonly #slots: Slots;
  /** When each slot was last known to be in use, by the monotonic clock. */
  readonly #touched: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(expireAfter: number, registry: Registry, slots: Slots) {
    this.#expireAfter = expireAfter;
    this.#registry = registry;
    this.#slots = slots;
    registry.expiring.add(this);
  }

  /** Watches over a slot's new series. */
  begin(slot: number): void {
    this.#touched[slot] = this.#registry.clock.monotonic();
    this.#timer ??= this.#wait();
  }

  /** Returns whether there are still series. */
  sweep(now: number): boolean {
    let some = false;
    for (let slot = 0; slot < this.#slots.slots; slot++) {
      const attached = this.#slots.detach(slot);
      if (attached === undefined) continue;
      some = true;
      // A clock that went back, such as a test's, must not keep series for as long as it went.
      if (attached || now < this.#touched[slot]!) this.#touched[slot] = now;
      else if (now - this.#touched[slot]! >= this.#expireAfter) this.#slots.expire(slot);
    }
    return some;
  }

  /** There is a timer only while there are series, and it keeps no process alive. */
  #wait(): ReturnType<typeof setTimeout> {
    const again = (): void => {
      this.#timer = this.sweep(this.#registry.clock.monotonic()) ? this.#wait() : undefined;
    };
    const timer = setTimeout(again, Math.min(this.#expireAfter / 2, longest));
    (timer as { unref?(): void }).unref?.();
    return timer;
  }
}
