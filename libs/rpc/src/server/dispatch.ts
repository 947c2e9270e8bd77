import type { Method, RequestContext, Topic } from '@metalcast/contracts';
import { wireName } from '@metalcast/contracts';
import { Fault, isStorable } from '@metalcast/domain';
import { unstorable } from '../wire/bad-message.js';
import { noSuchMethod, unsupportedVersion } from '../wire/failure.js';
import { problems, type Request } from '../wire/request.js';
import { isCompatible } from '../wire/version.js';

export type Handler = (args: unknown, ctx: RequestContext) => Promise<unknown>;

export interface Endpoint {
  readonly namespace: string | undefined;
  readonly version: string;
  /** By the method's name on the wire. */
  readonly methods: ReadonlyMap<string, { readonly method: Method; readonly handler: Handler }>;
}

/**
 * Dispatches the requests of a topic's server, with the same order of checks and the same errors as oslo.messaging's
 * dispatcher.
 */
export class Dispatcher {
  readonly #endpoints: readonly Endpoint[];

  constructor(endpoints: readonly Endpoint[]) {
    this.#endpoints = endpoints;
  }

  /**
   * Throws NoSuchMethod or UnsupportedVersion (RemoteError), BAD_REQUEST for wrong arguments or text, or the handler's
   * error.
   */
  async dispatch(request: Request, ctx: RequestContext): Promise<unknown> {
    if (!isStorable(request)) {
      throw new Fault('BAD_REQUEST', { reason: `${request.method}: ${unstorable}` });
    }
    const namespace = request.namespace ?? undefined;
    const compatible = this.#endpoints.filter(
      (endpoint) =>
        endpoint.namespace === namespace && isCompatible(request.version, endpoint.version),
    );
    if (compatible.length === 0) throw unsupportedVersion(request.version, request.method);
    const found = compatible.map(({ methods }) => methods.get(request.method)).find(Boolean);
    if (found === undefined) throw noSuchMethod(request.method);
    const args = found.method.args.safeParse(request.args);
    if (!args.success) {
      const reason = `${request.method}: ${problems(args.error)}`;
      throw new Fault('BAD_REQUEST', { reason });
    }
    return found.method.result.parse(await found.handler(args.data, ctx));
  }
}

/** The topic's own methods. */
export function topicEndpoint(topic: Topic, handlerOf: (method: string) => Handler): Endpoint {
  const methods = Object.entries(topic.methods).map(
    ([name, method]) => [wireName(name), { method, handler: handlerOf(name) }] as const,
  );
  return { namespace: undefined, version: topic.version, methods: new Map(methods) };
}
