import type { ArgsOf, RequestContext, scheduler } from '@metalcast/contracts';
import type { Database, Secrets } from '@metalcast/db';
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
   * Places each instance; what a caller brings along narrows the choice. Faults: NOT_FOUND before anything is done, when
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
    for (const uuid of uuids) {
      await this.instances.place(uuid, ctx, args.filter_properties ?? undefined);
    }
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
