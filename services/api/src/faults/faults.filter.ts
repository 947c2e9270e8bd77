import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { Fault, faults, type FaultCode } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteTable } from '../http/routing/route-table.js';
import { faultBody } from './fault-bodies.js';
import { faultOf } from './fault-of.js';

export interface FaultsFilterOptions {
  readonly routes: RouteTable;
  readonly logger: Logger;
  /** The URL where a caller without a token can get one. */
  readonly identityUrl: string;
}

/** A bug is logged with what it was; what is not offered is no trouble of the service. */
const unalarming: ReadonlySet<FaultCode> = new Set(['INTERNAL', 'NOT_IMPLEMENTED']);

/** Turns errors into answers. Only this filter reads the HTTP status of a fault. */
@Catch()
export class FaultsFilter implements ExceptionFilter {
  constructor(private readonly options: FaultsFilterOptions) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    this.answer(error, request, host.switchToHttp().getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const fault = faultOf(error, request, this.options.routes) ?? this.bug(error, request);
    const status = faults[fault.code].http;
    if (status >= 500 && !unalarming.has(fault.code)) {
      this.options.logger.warn(
        { requestId: request.id, err: fault, url: request.url },
        'request failed',
      );
    }
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (status === 401) {
      reply.header('www-authenticate', `Keystone uri="${this.options.identityUrl}"`);
    }
    if (fault.code === 'TOO_MANY_REQUESTS') {
      reply.header('retry-after', String(fault.details['retryAfterSeconds']));
    }
    if (fault.code === 'METHOD_NOT_ALLOWED') {
      reply.header('allow', this.options.routes.methodsOf(request.url).join(', '));
    }
    void reply
      .status(status)
      .header('content-type', 'application/json')
      .send(faultBody(request.url, { status, fault, requestId: request.id }));
  }

  /** The user gets a reference; the log gets the error. */
  private bug(error: unknown, { id, method, url }: FastifyRequest): Fault {
    this.options.logger.error({ requestId: id, err: error, method, url }, 'unexpected error');
    return new Fault('INTERNAL', { reference: id, service: 'api' }, { cause: error });
  }
}
