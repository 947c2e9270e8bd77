import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const version = 'v1';
const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** Encrypts what must not be readable at rest (AES-256-GCM). */
export class Secrets {
  private readonly key: Buffer;

  /** `key`: 32 bytes in base64. */
  constructor(key: string) {
    this.key = Buffer.from(key, 'base64');
    if (this.key.length !== keyBytes) {
      throw new Error(`the secrets key must be ${String(keyBytes)} bytes in base64`);
    }
  }

  /** `owner` names the row and column; a ciphertext moved to another one does not decrypt. */
  encrypt(owner: string, plain: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.key, iv).setAAD(Buffer.from(owner));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return `${version}:${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`;
  }

  decrypt(owner: string, cipherText: string): string {
    const [tag, payload] = cipherText.split(':');
    if (tag !== version || payload === undefined) {
      throw new Error(`the ciphertext of ${owner} has an unknown form`);
    }
    const bytes = Buffer.from(payload, 'base64');
    try {
      const iv = bytes.subarray(0, ivBytes);
      const decipher = createDecipheriv(algorithm, this.key, iv, { authTagLength: tagBytes })
        .setAAD(Buffer.from(owner))
        .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      const body = decipher.update(bytes.subarray(ivBytes + tagBytes));
      return Buffer.concat([body, decipher.final()]).toString('utf8');
    } catch (error) {
      throw new Error(
        `the ciphertext of ${owner} does not decrypt: another key, or another row's`,
        { cause: error },
      );
    }
  }

  /** A key of its own for `purpose`, the same in every process that has the master key (hex). */
  derive(...purpose: readonly (string | number)[]): string {
    return createHmac('sha256', this.key).update(purpose.join('\0')).digest('hex');
  }
}

export const newSecretsKey = (): string => randomBytes(keyBytes).toString('base64');
