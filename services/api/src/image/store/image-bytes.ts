import { hasPassed, leaseAcquired, leaseMs } from '@metalcast/db';
import type { ModelDatabase, Sql } from '@metalcast/db/models';
import type { ImageDirectory } from './image-directory.js';

const bytesLease = (sha256: string, owner: string): string => `image-bytes:${sha256}:${owner}`;

/** Serializes, until the transaction ends, everything that keeps or removes the bytes of one hash. */
async function lockBytes(sql: Sql, sha256: string): Promise<void> {
  await sql.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`image:${sha256}`}, 0))`;
}

/** Reserves the bytes: they are not removed, even before an image has them. So no file is renamed in a transaction. */
export async function reserveBytes(
  database: ModelDatabase,
  sha256: string,
  owner: string,
): Promise<void> {
  await database.transaction(async ({ sql }) => {
    await lockBytes(sql, sha256);
    await sql.$queryRaw(leaseAcquired(bytesLease(sha256, owner), owner, leaseMs));
  });
}

/**
 * Ends the reservation in the transaction that gives the bytes to an image. False when the reservation had expired: the
 * bytes may be gone.
 */
export async function endReservation(sql: Sql, sha256: string, owner: string): Promise<boolean> {
  await lockBytes(sql, sha256);
  const ended = await sql.$executeRaw`
    DELETE FROM leases WHERE name = ${bytesLease(sha256, owner)}`;
  return ended === 1;
}

/**
 * Removes the bytes unless an image has them or a reservation exists. The only file operation inside of a transaction:
 * no reservation can come between check and removal. Idempotent, because a transaction may be repeated.
 */
export async function removeUnusedBytes(
  database: ModelDatabase,
  directory: ImageDirectory,
  sha256: string,
): Promise<void> {
  const ofBytes = { startsWith: bytesLease(sha256, '') };
  await database.transaction(async ({ sql }) => {
    await lockBytes(sql, sha256);
    await sql.$executeRaw`
      DELETE FROM leases
       WHERE starts_with(name, ${ofBytes.startsWith}) AND ${hasPassed('lease_until', leaseMs)}`;
    const [images, reservations] = [
      await sql.image.count({ where: { sha256 } }),
      await sql.lease.count({ where: { name: ofBytes } }),
    ];
    if (images + reservations === 0) {
      await directory.remove(sha256);
    }
  });
}
