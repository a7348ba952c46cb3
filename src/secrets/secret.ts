/** A value that nobody may read by accident: printed, logged or written as JSON it says only that it is one. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself, for the program that it is meant for. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  /** What `console.log` and `util.inspect` show (nodejs.org/api/util.html#custom-inspection-functions-on-objects). */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return redacted
  }
}

/** What stands where a secret was. */
export const redacted = '[redacted]'
