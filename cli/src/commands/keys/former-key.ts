import { createDecipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { usageFailure } from '../../failure.js';

const version = 'v1:';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/**
 * Opens what was encrypted by the one key that an installation had before it had a key for each purpose (AES-256-GCM).
 */
export type FormerKey = (owner: string, cipherText: string) => string;

export const isOfFormerKey = (cipherText: string): boolean => cipherText.startsWith(version);

/** The file has 32 bytes in base64. */
export function readFormerKey(file: string): FormerKey {
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (key.length !== keyBytes) {
    throw usageFailure(`${file} must hold ${keyBytes} bytes in base64.`);
  }
  return (owner, cipherText) => {
    const bytes = Buffer.from(cipherText.slice(version.length), 'base64');
    const iv = bytes.subarray(0, ivBytes);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
      .setAAD(Buffer.from(owner))
      .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    const body = decipher.update(bytes.subarray(ivBytes + tagBytes));
    return Buffer.concat([body, decipher.final()]).toString();
  };
}
