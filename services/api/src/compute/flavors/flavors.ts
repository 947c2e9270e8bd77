import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { isUniqueViolation, Prisma, type Flavor } from '@metalcast/db';
import { readPage, type ListedTable, type PageRequest } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { findFlavor, type FlavorWithSpecs } from '@metalcast/db/placement';
import { Fault } from '@metalcast/domain';
import type { Caller } from '../../http/access/caller.js';
import { isAllowed } from '../../policy/policy.js';
import { checkExtraSpecs } from './extra-spec-rules.js';

const listed: ListedTable = {
  table: 'flavors',
  columns: Prisma.raw(`
    id, flavorid, name, memory_mb AS "memoryMb", vcpus, root_gb AS "rootGb", ephemeral_gb AS "ephemeralGb", swap,
    rxtx_factor AS "rxtxFactor", is_public AS "isPublic", disabled, description, created_at AS "createdAt"`),
  key: 'flavorid',
  keyType: 'text',
};

/** Flavors as callers may see them. */
@Injectable()
export class Flavors {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  /**
   * By Nova's flavorid. Fault NOT_FOUND, also for a flavor that is not public, unless the caller is an administrator or
   * of a project that may use it.
   */
  async find(id: string, caller: Caller): Promise<FlavorWithSpecs> {
    const flavor = await findFlavor(this.database, id);
    if (flavor === undefined || !(await this.isVisible(flavor, caller))) {
      throw missing({ flavorid: id });
    }
    return flavor;
  }

  private async isVisible(flavor: Flavor, caller: Caller): Promise<boolean> {
    if (flavor.isPublic || isAllowed('os_compute_api:os-flavor-access', caller)) {
      return true;
    }
    const where = { flavorId: flavor.id, projectId: caller.projectId };
    return (await this.database.prisma.flavorAccess.count({ where })) > 0;
  }

  /** Sorted by id. Fault BAD_REQUEST when the marker is not a visible flavor. */
  async list(page: PageRequest): Promise<Flavor[]> {
    return readPage<Flavor>(this.database, listed, page);
  }

  /** Fault CONFLICT when the name or id is taken. */
  async create(
    flavor: Omit<Prisma.FlavorCreateInput, 'flavorid'> & { flavorid?: string | undefined },
  ): Promise<Flavor> {
    try {
      return await this.database.prisma.flavor.create({
        data: { ...flavor, flavorid: flavor.flavorid ?? randomUUID() },
      });
    } catch (error) {
      if (isUniqueViolation(error)) {
        const which = isUniqueViolation(error, 'flavorid')
          ? `ID ${String(flavor.flavorid)}`
          : `name ${flavor.name}`;
        throw new Fault(
          'CONFLICT',
          { reason: `Flavor with ${which} already exists.` },
          { cause: error },
        );
      }
      throw error;
    }
  }

  /** Fault NOT_FOUND when another request removed it first. */
  async remove(flavor: Flavor): Promise<void> {
    const { count } = await this.database.prisma.flavor.deleteMany({ where: { id: flavor.id } });
    if (count === 0) {
      throw missing(flavor);
    }
  }

  /** All or none. Faults EXTRA_SPEC_MALFORMED, and NOT_FOUND when the flavor is gone. */
  async setSpecs(flavor: Flavor, specs: Readonly<Record<string, string>>): Promise<void> {
    checkExtraSpecs(specs);
    const { id } = flavor;
    await this.database.transaction(async ({ sql }) => {
      // Locks the flavor: two requests that write the keys in different orders would deadlock.
      const locked = await sql.$queryRaw<
        object[]
      >`SELECT 1 FROM flavors WHERE id = ${id} FOR UPDATE`;
      if (locked.length === 0) {
        throw missing(flavor);
      }
      for (const [key, value] of Object.entries(specs)) {
        await sql.flavorExtraSpec.upsert({
          where: { flavorId_key: { flavorId: id, key } },
          create: { flavorId: id, key, value },
          update: { value },
        });
      }
    });
  }

  /** Fault NOT_FOUND when the flavor has no such key. */
  async removeSpec(flavor: Flavor, key: string): Promise<void> {
    const where = { flavorId: flavor.id, key };
    const { count } = await this.database.prisma.flavorExtraSpec.deleteMany({ where });
    if (count === 0) {
      throw noSpec(flavor, key);
    }
  }
}

const missing = ({ flavorid }: Pick<Flavor, 'flavorid'>): Fault =>
  new Fault('NOT_FOUND', { what: 'Flavor', id: flavorid });

export const noSpec = ({ flavorid }: Flavor, key: string): Fault =>
  new Fault('NOT_FOUND', { what: `Extra spec ${key} of flavor`, id: flavorid });
