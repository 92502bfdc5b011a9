/*
 * A promise and its key. (`Promise.withResolvers` is younger than the oldest runtime that we support.)
 */

export class Deferred<T = void> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;

  constructor() {
    this.promise = new Promise<T>((resolve) => {
      this.resolve = resolve;
    });
  }
}
