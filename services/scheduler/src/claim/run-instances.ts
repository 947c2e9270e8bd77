import type { ArgsOf, FilterProperties, RequestContext, scheduler } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import { narrowWaitingBuilds, setAdminPasswords } from '@metalcast/db/scheduler';
import { Fault } from '@metalcast/domain';
import type { Sealer } from '@metalcast/keys';
import { parseHints } from '../request/hints.js';
import { requireInstances } from '../request/known-instances.js';
import { requireExistingNames } from '../request/require-existing-names.js';
import type { PlaceInstance } from './place-instance.js';

type Args = ArgsOf<typeof scheduler, 'runInstance'>;

/** Nova's run_instance, from our own api and from foreign callers. */
export class RunInstances {
  constructor(
    private readonly database: Database,
    private readonly secrets: Sealer,
    private readonly instances: PlaceInstance,
  ) {}

  /**
   * Places each instance. The caller's filter properties narrow the choice at every attempt of the build. A request
   * that is invalid for any instance (an unknown name, files to inject) ends the wait of all instances with that fault.
   * Fault NOT_FOUND, before any change, when an instance does not exist. An instance that fails does not stop the
   * others. Idempotent: placed instances are skipped.
   */
  async run(args: Args, ctx: RequestContext): Promise<void> {
    const { instance_uuids: uuids } = args.request_spec;
    // For a single instance, the read of its build checks that the instance exists.
    if (uuids.length > 1) {
      await requireInstances(this.database, uuids);
    }
    const refusal = await this.refusalOf(args);
    if (refusal !== undefined) {
      await inTurn(uuids, (uuid) => this.instances.refuse(uuid, refusal, ctx));
      return;
    }
    const { admin_password: password, filter_properties: narrowed } = args;
    if (typeof password === 'string') {
      await this.keepPassword(uuids, password);
    }
    if (Object.keys(narrowed ?? {}).length > 0) {
      await this.keepFilterProperties(uuids, narrowed ?? {});
    }
    await inTurn(uuids, (uuid) => this.instances.place(uuid, ctx));
  }

  private async refusalOf({
    request_spec: spec,
    filter_properties: narrowed,
    injected_files: files,
  }: Args): Promise<Fault | undefined> {
    if ((files ?? []).length > 0) {
      return new Fault('BAD_REQUEST', { reason: 'Files are not injected; use user_data.' });
    }
    try {
      await requireExistingNames(this.database, spec, narrowed ?? {});
      return undefined;
    } catch (error) {
      if (error instanceof Fault && error.retryable === 'no') {
        return error;
      }
      throw error;
    }
  }

  /**
   * Stores the caller's filter properties. A server without a group joins the group that the caller names, so that
   * later members see it.
   */
  private async keepFilterProperties(
    uuids: readonly string[],
    filterProperties: FilterProperties,
  ): Promise<void> {
    const { group = null } = parseHints(filterProperties.scheduler_hints);
    await narrowWaitingBuilds(this.database, uuids, { group, filterProperties });
  }

  /**
   * Stores the password as ciphertext in the row of each server that waits for a node. No later message carries the
   * password.
   */
  private async keepPassword(uuids: readonly string[], password: string): Promise<void> {
    const passwords = await Promise.all(
      uuids.map(async (uuid) => ({
        uuid,
        ciphertext: await this.secrets.seal(`instances.admin_pass:${uuid}`, password),
      })),
    );
    await setAdminPasswords(this.database, passwords);
  }
}

/** Runs `work` on every item, then throws the first error. */
async function inTurn(
  uuids: readonly string[],
  work: (uuid: string) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  for (const uuid of uuids) {
    await work(uuid).catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) {
    throw errors[0];
  }
}
