import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Passes errors on unchanged: the transport answers calls by them, and retries or dead-letters by them. Nest's own
 * filter turns each one that is no RpcException into "Internal server error".
 */
@Catch()
export class RethrowFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
