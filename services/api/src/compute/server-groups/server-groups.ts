import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Prisma } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault, isUuid, type PlacementScope } from '@metalcast/domain';
import { API_CONFIG } from '../../context/injection-tokens.js';
import type { Caller } from '../../http/access/caller.js';
import { isAllowed, type Rule } from '../../policy/policy.js';
import { Paging } from '../../http/answers/paging.js';
import { projectWhere } from '../../policy/ownership.js';
import { scopeKey, type ListServerGroups, type NewServerGroup } from './server-groups.schema.js';

const withMembers = {
  instances: { where: { deletedAt: null }, select: { uuid: true }, orderBy: { id: 'asc' } },
} as const satisfies Prisma.ServerGroupInclude;

export type ServerGroupWithMembers = Prisma.ServerGroupGetPayload<{ include: typeof withMembers }>;

export interface ServerGroupOptions {
  /** The scope of a group whose request names none. */
  readonly serverGroupScope: PlacementScope;
}

/** Groups of servers that are placed together or apart. */
@Injectable()
export class ServerGroups {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Paging) private readonly paging: Paging,
    @Inject(API_CONFIG) private readonly options: ServerGroupOptions,
  ) {}

  /** Of a group whose request names none. */
  get usualScope(): PlacementScope {
    return this.options.serverGroupScope;
  }

  /** Oldest first, at most one page. Administrators can ask for the groups of all projects. */
  async list(
    { all_projects: all, limit, offset }: ListServerGroups,
    caller: Caller,
  ): Promise<ServerGroupWithMembers[]> {
    const ofAll =
      all !== undefined && isAllowed('os_compute_api:os-server-groups:index:all_projects', caller);
    return this.database.prisma.serverGroup.findMany({
      where: ofAll ? {} : { projectId: caller.projectId },
      include: withMembers,
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      skip: offset,
      take: this.paging.sizeOf({ limit }),
    });
  }

  /** Fault NOT_FOUND, also for another project's group, unless the caller is an administrator. */
  async find(id: string, caller: Caller): Promise<ServerGroupWithMembers> {
    return this.findFor('os_compute_api:os-server-groups:show', id, caller);
  }

  private async findFor(rule: Rule, id: string, caller: Caller): Promise<ServerGroupWithMembers> {
    const group = isUuid(id)
      ? await this.database.prisma.serverGroup.findFirst({
          where: { id, ...projectWhere(rule, caller) },
          include: withMembers,
        })
      : null;
    if (group === null) {
      throw new Fault('NOT_FOUND', { what: 'Instance group', id });
    }
    return group;
  }

  async create(
    { name, policies: [policy], [scopeKey]: scope = this.options.serverGroupScope }: NewServerGroup,
    { projectId, userId }: Caller,
  ): Promise<ServerGroupWithMembers> {
    return this.database.prisma.serverGroup.create({
      data: { id: randomUUID(), name, projectId, userId, policy, scope },
      include: withMembers,
    });
  }

  /** Its servers stay on their nodes. Fault NOT_FOUND. */
  async remove(id: string, caller: Caller): Promise<void> {
    const group = await this.findFor('os_compute_api:os-server-groups:delete', id, caller);
    await this.database.prisma.serverGroup.deleteMany({ where: { id: group.id } });
  }
}
