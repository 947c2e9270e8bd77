import { Inject, Injectable } from '@nestjs/common';
import { listServices, type Queries } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { touchAllNodes, touchMemberNodes } from '@metalcast/db/placement';
import { Fault } from '@metalcast/domain';

interface Change {
  readonly host: string;
  readonly binary: string;
  readonly disabled: boolean;
  readonly disabledReason: string | null;
}

const compute = 'nova-compute';

/** Enables and disables compute services. */
@Injectable()
export class ServiceSwitch {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  /**
   * Counts for the next placement: the nodes concerned get new versions, so that a scheduler which has not heard of the
   * change loses its claim and reads again. Faults: NOT_FOUND; BAD_REQUEST, the service cannot be disabled.
   */
  async set({ host, binary, ...change }: Change): Promise<void> {
    const where = { host, binary };
    if ((await this.database.prisma.service.count({ where })) === 0) {
      throw new Fault('NOT_FOUND', { what: 'Service', id: `${binary} on host ${host}` });
    }
    if (binary !== compute) {
      requireEnabling(binary, change);
    }
    await this.database.transaction(async ({ sql }) => {
      await lockAll(sql, binary);
      await sql.service.updateMany({ where, data: change });
      const isLast = binary === compute && !(await hasOther(sql, host));
      await (isLast ? touchAllNodes(sql) : touchMemberNodes(sql, [host]));
    });
  }
}

/** Of two changes at the same time, the second one must see the first: either may make a service the last one. */
const lockAll = (sql: Queries, binary: string): Promise<unknown> =>
  sql.$queryRaw`SELECT id FROM services WHERE "binary" = ${binary} ORDER BY id FOR NO KEY UPDATE`;

/** Whether nodes that are enrolled under no host are served without this one. */
async function hasOther(sql: Queries, than: string): Promise<boolean> {
  const services = await listServices({ sql }, compute);
  return services.some(({ host, up, disabled }) => host !== than && up && !disabled);
}

function requireEnabling(binary: string, { disabled }: Pick<Change, 'disabled'>): void {
  if (disabled) {
    throw new Fault('BAD_REQUEST', {
      reason: `Only ${compute} services can be disabled: ${binary} takes work for as long as it runs. Stop it instead.`,
    });
  }
}
