import { CompactEncrypt } from 'jose';
import type { KeyHolder } from './key-set.js';
import { sealing } from './sealed.js';

/** Encrypts for one service. The sealing service cannot decrypt, not even what it sealed itself. */
export class Sealer {
  constructor(private readonly holder: KeyHolder) {}

  /** `owner` names the column and row: a value that is moved to another one cannot be decrypted. */
  async seal(owner: string, plain: string): Promise<string> {
    const { kid, key } = this.holder.keys.at(Date.now());
    return new CompactEncrypt(Buffer.from(plain))
      .setProtectedHeader({ ...sealing, kid, sub: owner })
      .encrypt(key);
  }
}
