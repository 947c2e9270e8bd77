import { createDecipheriv, type KeyObject } from 'node:crypto';
import { z } from 'zod';

const header = z.object({
  alg: z.literal('dir'),
  enc: z.literal('A256GCM'),
  kid: z.string(),
});
const ivBytes = 12;
const tagBytes = 16;

/**
 * Decrypts a compact JWE (RFC 7516, `dir` and `A256GCM`) and returns its JSON; undefined when the key does not fit.
 * Synchronous, because it takes some microseconds: the Web Crypto API that `jose` uses waits in the thread pool of
 * files and names.
 */
export function decryptJwe(token: string, key: KeyObject): unknown {
  const [head = '', encryptedKey, iv, text, tag, ...more] = token.split('.');
  if (encryptedKey !== '' || iv === undefined || text === undefined || tag === undefined) {
    return undefined;
  }
  const [nonce, seal] = [iv, tag].map(bytes) as [Buffer, Buffer];
  if (more.length > 0 || nonce.length !== ivBytes || seal.length !== tagBytes) {
    return undefined;
  }
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(head, 'ascii')).setAuthTag(seal);
  try {
    const plain = Buffer.concat([decipher.update(bytes(text)), decipher.final()]);
    header.parse(JSON.parse(bytes(head).toString()));
    return JSON.parse(plain.toString());
  } catch {
    return undefined;
  }
}

/** The key id that the header claims. Only decryption proves the claim. */
export function keyIdOf(token: string): string | undefined {
  try {
    const [head = ''] = token.split('.', 1);
    return header.parse(JSON.parse(bytes(head).toString())).kid;
  } catch {
    return undefined;
  }
}

const bytes = (part: string): Buffer => Buffer.from(part, 'base64url');
