import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Fault } from '@metalcast/domain';

const rsaBits = 3072;
const line =
  /^(ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d+|sk-[\w@.-]+) ([A-Za-z0-9+/=]+)(?: .*)?$/;

/** MD5 of the key's blob with colons, as Nova shows it. Fault BAD_REQUEST when `publicKey` is not an OpenSSH key. */
export function fingerprintOf(publicKey: string): string {
  const [, type, encoded] = line.exec(publicKey.trim()) ?? [];
  const blob = Buffer.from(encoded ?? '', 'base64');
  const named = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString() : '';
  if (type === undefined || named !== type) {
    throw new Fault('BAD_REQUEST', {
      reason: 'Keypair data is invalid: not a public key in OpenSSH form',
    });
  }
  const digest = createHash('md5').update(blob).digest('hex');
  return (digest.match(/../g) ?? []).join(':');
}

/** A new RSA key pair. The private key is PEM; it is shown once and never stored. The public key has OpenSSH's form. */
export function generateKeyPair(comment: string): { privateKey: string; publicKey: string } {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: rsaBits,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const { e = '', n = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const blob = Buffer.concat([field(Buffer.from('ssh-rsa')), integer(e), integer(n)]);
  return { privateKey, publicKey: `ssh-rsa ${blob.toString('base64')} ${comment}` };
}

/** RFC 4251 section 5: a length, then the bytes. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** An mpint is signed: a leading one bit needs a zero byte before it. */
function integer(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, 'base64url');
  return field((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}
