import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { scheduler } from '@metalcast/contracts';
import { InjectClient, OsloRecord, type OsloClient } from '@metalcast/rpc';
import { lastValueFrom } from 'rxjs';
import type { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, messageContext, type Caller } from '../../http/access/caller.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { explainRequest } from './explain.schema.js';
import { Questions } from './questions.js';

/** Explains where a server would be placed, and why not elsewhere. Claims nothing. */
@Controller('metalcast/v1/explain')
@Policy('metalcast:explain')
export class ExplainController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @InjectClient(scheduler) private readonly client: OsloClient<typeof scheduler>,
  ) {}

  @Post()
  @HttpCode(200)
  async explain(
    @Body(zod(explainRequest)) { explain: wish }: z.output<typeof explainRequest>,
    @CurrentCaller() caller: Caller,
  ): Promise<object> {
    const { offset, limit } = wish;
    const question = await this.questions.of(wish, caller);
    const record = new OsloRecord({ question, offset, limit }, messageContext(caller));
    return { explanation: await lastValueFrom(this.client.send('explain', record)) };
  }
}
