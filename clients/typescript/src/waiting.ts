// Who waits until something has happened?

import type { OmnibusError } from "./errors.js";

/** Promises that wait for one thing, and are all kept or broken when it is known. */
export class Waiting<Value> {
  private _waiting: { resolve(value: Value): void; reject(error: OmnibusError): void }[] = [];

  _promise(): Promise<Value> {
    return new Promise((resolve, reject) => this._waiting.push({ resolve, reject }));
  }

  _keep(value: Value): void {
    this._take().forEach(({ resolve }) => resolve(value));
  }

  _break(error: OmnibusError): void {
    this._take().forEach(({ reject }) => reject(error));
  }

  private _take() {
    const waiting = this._waiting;
    this._waiting = [];
    return waiting;
  }
}
