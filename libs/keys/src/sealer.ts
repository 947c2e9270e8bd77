import { CompactEncrypt } from 'jose';
import type { KeyHolder } from './key-set.js';
import { sealing } from './sealed.js';

/** Seals what one service alone may read. Whoever seals can open nothing, not even that. */
export class Sealer {
  constructor(private readonly holder: KeyHolder) {}

  /** `owner` names the column and row; what is moved to another one does not open. */
  async seal(owner: string, plain: string): Promise<string> {
    const { kid, key } = this.holder.keys.at(Date.now());
    return new CompactEncrypt(Buffer.from(plain))
      .setProtectedHeader({ ...sealing, kid, sub: owner })
      .encrypt(key);
  }
}
