import { z } from 'zod';
import { call, defineTopic, type Handlers } from '@metalcast/contracts';
import { topicEndpoint, type Endpoint } from './dispatch.js';

/** Namespace `baseapi` of every server: for checks that the server is alive. */
const baseApi = defineTopic({
  topic: 'baseapi',
  version: '1.1',
  methods: {
    ping: call(
      '1.0',
      z.object({ arg: z.unknown() }),
      z.object({ service: z.string(), arg: z.unknown() }),
    ),
    getBackdoorPort: call('1.1', z.object({}), z.null()),
  },
});

export function baseApiEndpoint(service: string): Endpoint {
  const handlers: Handlers<typeof baseApi> = {
    ping: ({ arg }) => Promise.resolve({ service, arg }),
    getBackdoorPort: () => Promise.resolve(null),
  };
  const handlerOf = (method: string) => handlers[method as keyof typeof handlers] as never;
  return { ...topicEndpoint(baseApi, handlerOf), namespace: 'baseapi' };
}
