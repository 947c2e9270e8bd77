/** The topic that both sides of the interoperability tests serve. */
import { z } from 'zod';
import { call, cast, defineTopic, type Handlers, type RequestContext } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';

export const calc = defineTopic({
  topic: 'calc',
  version: '1.5',
  methods: {
    add: call('1.0', z.object({ a: z.int(), b: z.int() }), z.object({ sum: z.int() })),
    whoAreYou: call('1.0', z.object({}), z.string()),
    fail: call('1.0', z.object({ how: z.string() }), z.null()),
    slow: call('1.0', z.object({ seconds: z.number() }), z.string()),
    note: cast('1.0', z.object({ text: z.string() })),
  },
});

export const ctx: RequestContext = { requestId: 'req-node', userId: 'u1', isAdmin: true };

export interface Noted {
  readonly text: string;
  readonly ctx: RequestContext;
}

export function calcHandlers(host: string, noted: Noted[]): Handlers<typeof calc> {
  return {
    add: ({ a, b }) => Promise.resolve({ sum: a + b }),
    whoAreYou: () => Promise.resolve(host),
    fail: ({ how }) =>
      Promise.reject(
        how === 'fault' ? new Fault('NOT_FOUND', { what: 'Node é', id: 'n1' }) : new Error('boom'),
      ),
    slow: ({ seconds }) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000, 'done')),
    note: (args, asked) => {
      noted.push({ text: args.text, ctx: asked });
      return Promise.resolve();
    },
  };
}
