import { createDecipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { usageFailure } from '../../failure.js';

const version = 'v1:';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** Decrypts secrets from before keys had purposes, when an installation had one key (AES-256-GCM). */
export type FormerKey = (owner: string, cipherText: string) => string;

export const isOfFormerKey = (cipherText: string): boolean => cipherText.startsWith(version);

/** Reads 32 bytes in base64. */
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
