/** How often unused memory is looked for, in milliseconds: it is let go after once to twice as long. */
const period = 2000;

/**
 * Blocks of memory that the next copy goes into. Memory that was touched before takes a fraction of the time, so what
 * one reader gives back the next one gets. Blocks that nobody took for some seconds are let go.
 */
export class Spare {
  readonly #blocks: Float64Array[] = [];
  /** The fewest blocks there were since the last look: nobody needed as many. */
  #unused = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get size(): number {
    return this.#blocks.length;
  }

  /** A block with anything in it; `undefined` where there is none. */
  take(): Float64Array | undefined {
    const block = this.#blocks.pop();
    this.#unused = Math.min(this.#unused, this.#blocks.length);
    return block;
  }

  add(block: Float64Array): void {
    this.#blocks.push(block);
    this.#timer ??= this.#wait();
  }

  /** There is a timer only while there are blocks, and it keeps no process alive. */
  #wait(): ReturnType<typeof setTimeout> {
    const look = (): void => {
      this.#blocks.splice(0, this.#unused);
      this.#unused = this.#blocks.length;
      this.#timer = this.#unused > 0 ? this.#wait() : undefined;
    };
    const timer = setTimeout(look, period);
    (timer as { unref?(): void }).unref?.();
    return timer;
  }
}
