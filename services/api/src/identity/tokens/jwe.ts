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
 * The JSON in a compact JWE (RFC 7516, `dir` and `A256GCM`), or undefined when it is none of this key. Synchronous,
 * some microseconds: the Web Crypto API, which `jose` decrypts by, waits in the pool of threads that files and names
 * need too.
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

/** The id of the key that it says it is sealed with: whether it is shows only when it is decrypted. */
export function keyIdOf(token: string): string | undefined {
  try {
    const [head = ''] = token.split('.', 1);
    return header.parse(JSON.parse(bytes(head).toString())).kid;
  } catch {
    return undefined;
  }
}

const bytes = (part: string): Buffer => Buffer.from(part, 'base64url');
