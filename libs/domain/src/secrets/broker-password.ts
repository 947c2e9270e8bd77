import { createHash, randomBytes } from 'node:crypto';

/**
 * What RabbitMQ stores of a password (`rabbit_password_hashing_sha256`), so that no file for it need hold the password
 * itself.
 */
export function brokerPasswordHash(password: string, salt: Buffer = randomBytes(4)): string {
  const digest = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString('base64');
}
