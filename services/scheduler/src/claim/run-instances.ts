import type { ArgsOf, FilterProperties, RequestContext, scheduler } from '@metalcast/contracts';
import type { Database, Prisma, Secrets } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { requireInstances } from '../request/known-instances.js';
import type { PlaceInstance } from './place-instance.js';

type Args = ArgsOf<typeof scheduler, 'runInstance'>;

/** Nova's run_instance, from our own api and from foreign callers. */
export class RunInstances {
  constructor(
    private readonly database: Database,
    private readonly secrets: Secrets,
    private readonly instances: PlaceInstance,
  ) {}

  /**
   * Places each instance; what a caller brings along narrows the choice, at every try of the build. Faults: NOT_FOUND before anything is done, when
   * an instance does not exist; BAD_REQUEST for injected files. Repeatable: those placed are skipped.
   */
  async run(args: Args, ctx: RequestContext): Promise<void> {
    const { instance_uuids: uuids } = args.request_spec;
    await requireInstances(this.database, uuids);
    if ((args.injected_files ?? []).length > 0) {
      throw new Fault('BAD_REQUEST', { reason: 'Files are not injected; use user_data.' });
    }
    if (typeof args.admin_password === 'string') {
      await this.keepPassword(uuids, args.admin_password);
    }
    if (Object.keys(args.filter_properties ?? {}).length > 0) {
      await this.keepFilterProperties(uuids, args.filter_properties ?? {});
    }
    for (const uuid of uuids) {
      await this.instances.place(uuid, ctx);
    }
  }

  private async keepFilterProperties(
    uuids: readonly string[],
    narrowed: FilterProperties,
  ): Promise<void> {
    await this.database.prisma.operation.updateMany({
      where: { instanceUuid: { in: [...uuids] }, kind: 'build', awaiting: 'claim' },
      data: { filterProperties: narrowed as Prisma.InputJsonObject },
    });
  }

  /** As ciphertext in the row of each server that still waits for its node; it goes no further in messages. */
  private async keepPassword(uuids: readonly string[], password: string): Promise<void> {
    for (const uuid of uuids) {
      await this.database.prisma.instance.updateMany({
        where: { uuid, vmState: 'building', taskState: 'scheduling' },
        data: { adminPass: this.secrets.encrypt(`instances.admin_pass:${uuid}`, password) },
      });
    }
  }
}
