import { Inject, Injectable } from '@nestjs/common';
import { Prisma } from '@metalcast/db';
import { markerMissing } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { isUuid } from '@metalcast/domain';

/** What a project has now. */
export interface UsageNow {
  readonly instances: number;
  readonly cores: number;
  readonly ram: number;
  readonly serverGroups: number;
}

export interface Period {
  readonly start: Date;
  readonly end: Date;
}

/** Of all projects, where none is named. */
export interface UsageScope extends Period {
  readonly projectId: string | undefined;
}

export interface ProjectUsage {
  readonly projectId: string;
  readonly hours: number;
  readonly vcpuHours: number;
  readonly memoryMbHours: number;
  readonly localGbHours: number;
}

export interface ServerUsage {
  readonly uuid: string;
  readonly name: string;
  readonly projectId: string;
  readonly flavor: string;
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly localGb: number;
  readonly vmState: string;
  readonly launchedAt: Date;
  readonly terminatedAt: Date | null;
  readonly hours: number;
  readonly uptimeSeconds: number;
}

/** The usage of projects. Of deleted servers as long as their rows are kept. */
@Injectable()
export class Usage {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  async now(projectId: string): Promise<UsageNow> {
    const { prisma } = this.database;
    const [{ _count, _sum }, serverGroups] = await Promise.all([
      prisma.instance.aggregate({
        where: { projectId, deletedAt: null },
        _count: true,
        _sum: { vcpus: true, memoryMb: true },
      }),
      prisma.serverGroup.count({ where: { projectId } }),
    ]);
    return { instances: _count, cores: _sum.vcpus ?? 0, ram: _sum.memoryMb ?? 0, serverGroups };
  }

  /** Of each project that had a server in the period, or of one; sorted by project. */
  async ofProjects(scope: UsageScope, take: number): Promise<ProjectUsage[]> {
    return this.database.sql.$queryRaw<ProjectUsage[]>(Prisma.sql`
      SELECT project_id AS "projectId", sum(hours) AS hours, sum(hours * vcpus) AS "vcpuHours",
             sum(hours * memory_mb) AS "memoryMbHours", sum(hours * root_gb) AS "localGbHours"
        FROM (${running(scope)}) i GROUP BY project_id ORDER BY project_id LIMIT ${take}`);
  }

  /** The servers that ran in the period, oldest first. Fault BAD_REQUEST: an unknown marker. */
  async ofServers(
    scope: UsageScope,
    { marker, take }: { readonly marker?: string | undefined; readonly take: number },
  ): Promise<ServerUsage[]> {
    const after =
      marker === undefined
        ? Prisma.sql`true`
        : Prisma.sql`id > ${await this.idOfMarker(marker, scope)}`;
    return this.database.sql.$queryRaw<ServerUsage[]>(Prisma.sql`
      SELECT uuid, display_name AS name, project_id AS "projectId", flavor ->> 'name' AS flavor, vcpus, memory_mb AS "memoryMb",
             root_gb AS "localGb", vm_state AS "vmState", launched_at AS "launchedAt", terminated_at AS "terminatedAt", hours,
             floor(extract(epoch FROM coalesce(terminated_at, now()) - launched_at))::float8 AS "uptimeSeconds"
        FROM (${running(scope)}) i WHERE ${after} ORDER BY id LIMIT ${take}`);
  }

  private async idOfMarker(uuid: string, { projectId }: UsageScope): Promise<number> {
    const marked = isUuid(uuid)
      ? await this.database.prisma.instance.findFirst({
          where: { uuid, ...(projectId === undefined ? {} : { projectId }) },
          select: { id: true },
        })
      : null;
    if (marked === null) {
      throw markerMissing(uuid);
    }
    return marked.id;
  }
}

/** The servers that ran in the period, each with its hours in it. */
const running = ({ start, end, projectId }: UsageScope): Prisma.Sql => Prisma.sql`
  SELECT *, greatest(0, extract(epoch FROM least(coalesce(terminated_at, now()), ${end}::timestamptz)
                                         - greatest(launched_at, ${start}::timestamptz)))::float8 / 3600 AS hours
    FROM instances
   WHERE launched_at < ${end}::timestamptz AND coalesce(terminated_at, 'infinity') > ${start}::timestamptz
     AND ${projectId === undefined ? Prisma.sql`true` : Prisma.sql`project_id = ${projectId}`}`;
