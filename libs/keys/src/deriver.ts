import { createHmac, type KeyObject } from 'node:crypto';
import type { KeyHolder } from './key-set.js';

export type Name = readonly (string | number)[];

/** Derives secrets that are kept nowhere: every process with the same keys comes to the same ones (hex, 256 bits). */
export class Deriver {
  constructor(private readonly holder: KeyHolder) {}

  /** By the key that was in use at `time`: the beginning of what the secret is for, which all who derive it know. */
  derive(time: Date, ...name: Name): string {
    return derived(this.holder.keys.at(time.getTime()).key, name);
  }

  /** By each key: what may have been given out. */
  deriveAll(...name: Name): string[] {
    return this.holder.keys.all.map(({ key }) => derived(key, name));
  }
}

const derived = (key: KeyObject, name: Name): string =>
  createHmac('sha256', key).update(name.join('\0')).digest('hex');
