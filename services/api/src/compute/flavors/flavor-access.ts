import { Inject, Injectable } from '@nestjs/common';
import { isUniqueViolation, type Flavor } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';

/** The projects that may use a flavor that is not public. */
@Injectable()
export class FlavorAccess {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  async projectsOf({ id: flavorId }: Flavor): Promise<string[]> {
    const rows = await this.database.prisma.flavorAccess.findMany({
      where: { flavorId },
      orderBy: { projectId: 'asc' },
    });
    return rows.map(({ projectId }) => projectId);
  }

  /** Faults: BAD_REQUEST, an unknown project; CONFLICT, the project has access. */
  async add(flavor: Flavor, projectId: string): Promise<void> {
    await this.requireProject(projectId);
    try {
      await this.database.prisma.flavorAccess.create({ data: { flavorId: flavor.id, projectId } });
    } catch (error) {
      if (isUniqueViolation(error)) {
        const reason = `Flavor access already exists for flavor ${flavor.flavorid} and project ${projectId} combination.`;
        throw new Fault('CONFLICT', { reason }, { cause: error });
      }
      throw error;
    }
  }

  /** Fault NOT_FOUND when the project has no access. */
  async remove(flavor: Flavor, projectId: string): Promise<void> {
    const { count } = await this.database.prisma.flavorAccess.deleteMany({
      where: { flavorId: flavor.id, projectId },
    });
    if (count === 0) {
      throw new Fault('NOT_FOUND', {
        what: `Access of project ${projectId} to flavor`,
        id: flavor.flavorid,
      });
    }
  }

  private async requireProject(id: string): Promise<void> {
    if ((await this.database.prisma.project.count({ where: { id } })) === 0) {
      throw new Fault('BAD_REQUEST', { reason: `Project ID ${id} is not a valid project.` });
    }
  }
}
