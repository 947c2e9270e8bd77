import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { scheduler } from '@metalcast/contracts';
import { rpcClient, RpcConnection, type Client } from '@metalcast/rpc';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, messageContext, type Caller } from '../../http/access/caller.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { explainRequest } from './explain.schema.js';
import { Questions } from './questions.js';

const timeoutMs = 10_000;

/** Explains where a server would be placed, and why not elsewhere. Claims nothing. */
@Controller('metalcast/v1/explain')
@Policy('metalcast:explain')
export class ExplainController {
  private readonly scheduler: Client<typeof scheduler>;

  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(RpcConnection) rpc: RpcConnection,
  ) {
    this.scheduler = rpcClient(rpc, scheduler, { timeoutMs });
  }

  @Post()
  @HttpCode(200)
  async explain(
    @Body(zod(explainRequest)) { explain: wish }: z.output<typeof explainRequest>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const { offset, limit } = wish;
    const question = await this.questions.of(wish, caller);
    const args = { question, offset, limit };
    return { explanation: await this.scheduler.call.explain(args, messageContext(caller)) };
  }
}
