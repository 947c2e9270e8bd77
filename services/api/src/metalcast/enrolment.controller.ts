import { Body, Controller, HttpCode, Inject, Patch, Post } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import type { z } from 'zod';
import type { ApiConfig } from '../config.js';
import { faultView } from '../faults/fault-bodies.js';
import { AdminOnly } from '../http/access.js';
import { API_CONFIG } from '../http/api-part.js';
import { BatchBody } from '../http/body-limits.js';
import { CurrentCaller, type Caller } from '../http/caller.js';
import { parseWith, zod } from '../http/zod-pipe.js';
import { Enrolments, type NodeWish } from '../nodes/enrolments.js';
import { NodeChanges } from '../nodes/node-changes.js';
import { NodeRemovals } from '../nodes/node-removals.js';
import { columns, wishOf } from './node-fields.js';
import { changeNodes, enrolNode, enrolNodes, newNode, removeNodes } from './nodes.schema.js';
import { nodeView } from './nodes.view.js';

/** Machines are enrolled, one by one or many together, and changed and removed together. */
@Controller('metalcast/v1')
@AdminOnly('metalcast:nodes')
export class EnrolmentController {
  constructor(
    @Inject(Enrolments) private readonly enrolments: Enrolments,
    @Inject(NodeChanges) private readonly changes: NodeChanges,
    @Inject(NodeRemovals) private readonly removals: NodeRemovals,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  @Post('nodes')
  async enrol(
    @Body(zod(enrolNode)) { node }: z.output<typeof enrolNode>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    return { node: nodeView(await this.enrolments.enrol(wishOf(node), caller)) };
  }

  /**
   * Each node for itself, with its interfaces and its BMC, or not at all: `results` has for each, in the order of the
   * request, the node or the error that keeps it out. The same request again enrols those that are left, and reports
   * CONFLICT for the others.
   */
  @Post('nodes::batch')
  @HttpCode(200)
  @BatchBody()
  async enrolMany(
    @Body(zod(enrolNodes)) { nodes }: z.output<typeof enrolNodes>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    this.requireFew(nodes, 'enrolled');
    const enrolled = await this.enrolments.enrolAll(nodes.map(readWish), caller);
    const failed = enrolled.filter((result) => result instanceof Fault).length;
    return {
      created: enrolled.length - failed,
      failed,
      results: enrolled.map((result) =>
        result instanceof Fault ? { error: faultView(result) } : { node: nodeView(result) },
      ),
    };
  }

  /**
   * All or none: `nodes` afterwards, in the order of the request, or one error that names each node that prevents the
   * change.
   */
  @Patch('nodes::batch')
  @BatchBody()
  async changeMany(
    @Body(zod(changeNodes)) { nodes }: z.output<typeof changeNodes>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    this.requireFew(nodes, 'changed');
    const wanted = nodes.map(({ node: key, changes }) => ({
      ...{ key, changes: columns(changes) },
      fields: Object.keys(changes),
    }));
    return { nodes: (await this.changes.apply(wanted, caller)).map(nodeView) };
  }

  /**
   * All or none, as above; returns which nodes they were. A request of its own: what stands between may drop the body
   * of a DELETE.
   */
  @Post('nodes::remove')
  @HttpCode(200)
  @BatchBody()
  async removeMany(
    @Body(zod(removeNodes)) { nodes }: z.output<typeof removeNodes>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    this.requireFew(nodes, 'removed');
    const removed = await this.removals.remove(nodes, caller);
    return { removed: removed.map(({ uuid, name }) => ({ uuid, name })) };
  }

  private requireFew(nodes: readonly unknown[], what: string): void {
    const { maxNodesPerRequest: most } = this.config;
    if (nodes.length > most) {
      const reason = `${nodes.length} nodes are to be ${what} by one request; at most ${most} can be (the api's option max_nodes_per_request).`;
      throw new Fault('BAD_REQUEST', { reason });
    }
  }
}

function readWish(node: unknown): NodeWish | Fault {
  try {
    return wishOf(parseWith(newNode, node));
  } catch (error) {
    if (error instanceof Fault) {
      return error;
    }
    throw error;
  }
}
