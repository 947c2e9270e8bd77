import { createHmac, type KeyObject } from 'node:crypto';
import type { KeyHolder } from './key-set.js';

export type Name = readonly (string | number)[];

/** Derives secrets that are stored nowhere: every process with the same keys derives the same ones (hex, 256 bits). */
export class Deriver {
  constructor(private readonly holder: KeyHolder) {}

  /** Derives with the key that was in use at `time`. All processes know that time: when the secret's subject began. */
  derive(time: Date, ...name: Name): string {
    return derived(this.holder.keys.at(time.getTime()).key, name);
  }

  /** Derives with each key: every secret that may have been given out. */
  deriveAll(...name: Name): string[] {
    return this.holder.keys.all.map(({ key }) => derived(key, name));
  }
}

const derived = (key: KeyObject, name: Name): string =>
  createHmac('sha256', key).update(name.join('\0')).digest('hex');
