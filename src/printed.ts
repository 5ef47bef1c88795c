/** An object that is printed in one line, because it holds much more than there is to see. */
export abstract class Printed {
  static {
    // How `util.inspect`, and so `console.log`, asks for a text. A symbol that has no name in declarations.
    Object.defineProperty(Printed.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Printed): string {
        return `${this.printedAs()} ${JSON.stringify(this)}`;
      },
      configurable: true,
      writable: true,
    });
  }

  /** What `JSON.stringify` writes: a small object. */
  abstract toJSON(): object;

  /** @internal What it is, for people. */
  protected printedAs(): string {
    return this.constructor.name;
  }
}

/** A value as JSON has it: a bigint as its decimal digits, since JSON's numbers would be rounded by their readers. */
export function jsonValue(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
