import { Inject, Injectable } from '@nestjs/common';
import { deployHelper } from '@metalcast/contracts';
import { newRequestId } from '@metalcast/domain';
import { InjectClient, OsloRecord, type OsloClient } from '@metalcast/rpc';
import { SERVICE } from '@metalcast/service';
import type { DeployHelperContext } from '../config.js';

/**
 * Notifies the other helpers to look at a node's deployment. A lost hint is harmless: they read the row when their wait
 * ends.
 */
@Injectable()
export class OtherHelpers {
  constructor(
    @InjectClient(deployHelper) private readonly helpers: OsloClient<typeof deployHelper>,
    @Inject(SERVICE) private readonly service: Pick<DeployHelperContext, 'owner' | 'logger'>,
  ) {}

  wake(node: string): void {
    const { owner, logger } = this.service;
    const ctx = { requestId: newRequestId() };
    const hint = new OsloRecord({ node, from: owner }, ctx, { fanout: true });
    this.helpers.emit('look', hint).subscribe({
      error: (error: unknown) => {
        logger.debug({ node, err: error }, 'a hint to the other helpers was not sent');
      },
    });
  }
}
