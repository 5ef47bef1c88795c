import { constants } from 'node:os';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';
import type { Recorder } from '../recorder.js';
import { LastPass } from './last-pass.js';

/** The signals that are listened for. */
const signals = ['SIGTERM', 'SIGINT'] as const;
/** Where the process keeps its {@link Ending}. Two copies of this package find the same one. */
const key = Symbol.for('circmetrics.ending');
/** Where signal-exit keeps how many listeners it has. */
const emitter = Symbol.for('signal-exit emitter');
/** How long a signal may take to end this process, in milliseconds. */
const signalled = 100;

/**
 * The end of this process, or of this worker thread. All recorders share one set of listeners: many sets would warn
 * (`MaxListenersExceededWarning`), and two sets would each take the other for a listener of the host's.
 */
export class Ending {
  readonly #members = new Set<LastPass>();
  /** The last passes that are under way. */
  #draining: Promise<boolean> | undefined;
  /** How many signals still wait for passes. */
  #answering = 0;
  /** What ended the process, where an error did: throws it again. */
  #crash: (() => void) | undefined;
  /** What the next `beforeExit` does where the host listens for it, too. */
  #next: 'flush' | 'look' | 'drain' = 'flush';

  /** The one of this process; made if there is none. */
  static shared(): Ending {
    const host = process as unknown as { [key]?: Ending };
    host[key] ??= new Ending();
    return host[key];
  }

  /** Closes the recorder at the end. Returns a function that undoes it. */
  add(recorder: Recorder, deadline: number): () => void {
    const member = new LastPass(recorder, deadline);
    this.#members.add(member);
    if (this.#members.size === 1) this.#listen();
    return () => this.#remove(member);
  }

  #remove(member: LastPass): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.#unlisten();
  }

  #listen(): void {
    // First in line: a listener by `once` that had its turn before ours would not be counted any more.
    process.prependListener('beforeExit', this.#onBeforeExit);
    process.prependListener('exit', this.#onExit);
    process.on('uncaughtExceptionMonitor', this.#onError);
    // Only the main thread gets signals.
    if (isMainThread) for (const signal of signals) process.prependListener(signal, this.#onSignal);
  }

  #unlisten(): void {
    process.off('beforeExit', this.#onBeforeExit);
    process.off('exit', this.#onExit);
    process.off('uncaughtExceptionMonitor', this.#onError);
    for (const signal of signals) process.off(signal, this.#onSignal);
  }

  /** Closes every recorder. False if something of one may still hang. */
  #drain(): Promise<boolean> {
    this.#draining ??= (async () => {
      let inTime = true;
      // Again, for those that come meanwhile.
      while (this.#members.size > 0) {
        const members = [...this.#members];
        inTime = (await Promise.all(members.map((member) => member.make()))).every(Boolean) && inTime;
        for (const member of members) this.#remove(member);
      }
      this.#draining = undefined;
      return inTime;
    })();
    return this.#draining;
  }

  /** A pass of every flusher that is not the last one. */
  async #flush(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.flush()));
  }

  /** How many listeners of the host's a signal has. */
  #hosts(signal: NodeJS.Signals): number {
    const others = process.listeners(signal).filter((listener) => listener !== this.#onSignal);
    return Math.max(0, others.length - polite());
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#hosts(signal) > 0) {
      // The host decides when to end, and the last pass comes then. A pass comes now as well, because the host may end
      // by process.exit(), which waits for nothing.
      void this.#answer(this.#flush());
    } else if (this.#answering > 0) {
      this.#end(signal);
    } else {
      // setImmediate: Node.js prints a warning a little later than it hears of it.
      void this.#answer(this.#drain().then(() => setImmediate(() => this.#end(signal))));
    }
  };

  async #answer(passes: Promise<unknown>): Promise<void> {
    this.#answering++;
    await passes;
    this.#answering--;
  }

  /** Ends the process as the signal would have without us, or as an error has before. */
  #end(signal: NodeJS.Signals): void {
    if (this.#crash !== undefined) {
      this.#crash();
      return;
    }
    this.#unlisten();
    process.kill(process.pid, signal);
    // Process 1, such as the first one of a container, lives on: the kernel drops signals that it has no handler for.
    if (this.#hosts(signal) === 0) setTimeout(() => process.exit(128 + constants.signals[signal]), signalled);
  }

  readonly #onBeforeExit = (): void => {
    if (this.#draining !== undefined) return;
    // Other listeners may begin work that records, and then the process comes to this point again. Or they may end it by
    // process.exit(). So a pass comes at once, and the last pass when nobody else has begun anything.
    const alone = process.listenerCount('beforeExit') === 1;
    if (alone || this.#next === 'drain') {
      this.#next = 'flush';
      void this.#drain().then((drained) => {
        // The process was at its end. Nothing but a send that hangs keeps it from that.
        if (!drained) setImmediate(() => process.exit());
      });
    } else if (this.#next === 'flush') {
      this.#next = 'look';
      void this.#flush();
    } else {
      // We keep the event loop for one turn. If it makes another one, somebody else has work.
      this.#next = 'drain';
      const busy = (): void => {
        this.#next = 'flush';
      };
      setImmediate(() => setImmediate(busy).unref());
    }
  };

  /**
   * Node.js calls this before it asks whether anybody handles an error. A listener of ours that is always there would make
   * other libraries believe that the host handles errors.
   */
  readonly #onError = (): void => {
    if (process.listenerCount('uncaughtException') > 0) return;
    if (process.hasUncaughtExceptionCaptureCallback()) return;
    process.on('uncaughtException', this.#onCrash);
  };

  readonly #onCrash = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    if (this.#crash !== undefined) return;
    // Monitors have heard of this error. Without us the process would be over, so nobody hears of another one.
    const ignore = (): void => {};
    process.removeAllListeners('uncaughtExceptionMonitor');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', ignore);
    this.#crash = () => {
      process.removeAllListeners('uncaughtException');
      process.removeAllListeners('unhandledRejection');
      // Thrown from a microtask, an error is reported with the place where it was made, not with this one. A rejection's
      // reason that is no error was wrapped by Node.js, which reports it as such only when it is rejected again.
      const wrapped = (error as { code?: unknown } | undefined)?.code === 'ERR_UNHANDLED_REJECTION';
      if (origin === 'unhandledRejection' && wrapped) void Promise.reject(error);
      else
        queueMicrotask(() => {
          throw error;
        });
    };
    void this.#drain().then(() => setImmediate(() => this.#crash?.()));
  };

  /** Warns where there was no last pass. */
  readonly #onExit = (): void => {
    // A listener of the host's may throw now. That ends the process at once.
    this.#unlisten();
    const { emitWarning } = process;
    // Node.js would print the warnings later, but there is no later.
    process.emitWarning = (message: string | Error): void => {
      process.emit('warning', Object.assign(new Error(String(message)), { name: 'MetricsWarning' }));
    };
    for (const member of this.#members) member.warn();
    process.emitWarning = emitWarning;
  };
}

/**
 * How many listeners at most the package signal-exit has for a signal. They end the process once nobody else listens,
 * as ours do: if each counted the other, both would wait for ever. Version 4 counts on `globalThis`, version 3 on
 * `process`.
 */
function polite(): number {
  const { __signal_exit_emitter__: three } = process as { __signal_exit_emitter__?: { count?: number } };
  const four = (globalThis as { [emitter]?: { count?: number } })[emitter];
  return (three?.count ?? 0) + (four?.count ?? 0);
}
