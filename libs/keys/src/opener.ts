import { Fault } from '@metalcast/domain';
import { compactDecrypt, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import type { KeyHolder } from './key-set.js';
import { sealing } from './sealed.js';

/** User data of 64 KiB, in base64 twice, is less. */
const longest = 256 * 1024;

/**
 * Exactly what a Sealer writes: no compression, whose result may be of any size, and no other feature that a reader
 * could be made to use.
 */
const header = z.strictObject({
  alg: z.literal(sealing.alg),
  enc: z.literal(sealing.enc),
  kid: z.string(),
  sub: z.string(),
  epk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: z.string() }),
});

/** Decrypts what was sealed for this process. */
export class Opener {
  constructor(private readonly holder: KeyHolder) {}

  /** Fault SECRET_UNREADABLE, whatever `sealed` contains. */
  async open(owner: string, sealed: string): Promise<string> {
    const { kid, sub } = headerOf(owner, sealed);
    const key = this.holder.keys.find(kid)?.key;
    if (key === undefined) {
      throw unreadable(owner, 'it is sealed to a key that this process does not have');
    }
    if (sub !== owner) {
      throw unreadable(owner, 'it is the secret of another row or column');
    }
    try {
      const { plaintext } = await compactDecrypt(sealed, key);
      return Buffer.from(plaintext).toString();
    } catch (cause) {
      throw unreadable(owner, 'it is damaged', cause);
    }
  }
}

/** The id of the key that it is sealed to; undefined when it is not sealed. */
export function sealedTo(sealed: string): string | undefined {
  try {
    return header.parse(decodeProtectedHeader(sealed)).kid;
  } catch {
    return undefined;
  }
}

function headerOf(owner: string, sealed: string): z.output<typeof header> {
  if (sealed.length > longest) {
    throw unreadable(owner, `it is longer than ${String(longest)} characters`);
  }
  try {
    return header.parse(decodeProtectedHeader(sealed));
  } catch (cause) {
    throw unreadable(owner, 'it is not sealed as this release does it', cause);
  }
}

const unreadable = (owner: string, reason: string, cause?: unknown): Fault =>
  new Fault('SECRET_UNREADABLE', { owner, reason }, { cause });
