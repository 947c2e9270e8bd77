import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import { describedRoutes } from '../../openapi/routes.js';
import type { WalkedRoute } from '../../openapi/walk.js';
import { UnreadQueryGuard } from './unread-query.js';

const guard = new UnreadQueryGuard();

/** What becomes of a request to the route with this query. */
const asked = ({ controller, handler }: WalkedRoute, query: object): boolean =>
  guard.canActivate({
    getClass: () => controller,
    getHandler: () => (controller.prototype as Record<string, unknown>)[handler],
    switchToHttp: () => ({ getRequest: () => ({ query }) }),
  } as unknown as ExecutionContext);

const routes = describedRoutes().map(({ route }) => route);
const reading = routes.filter(({ queries }) => queries.length > 0);
const others = routes.filter(({ queries }) => queries.length === 0);

describe.each(others.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (_, route) => {
    test.each(['nope', '__proto__', 'constructor'])('refuses an unknown parameter %s', (name) => {
      expect(() => asked(route, Object.fromEntries([[name, '1']]))).toThrow(
        expect.objectContaining({ code: 'BAD_REQUEST' }) as Error,
      );
    });

    test('takes none, and those that clients send', () => {
      expect(asked(route, {})).toBe(true);
      expect(asked(route, Object.fromEntries(route.ignored.map((name) => [name, '1'])))).toBe(true);
    });
  },
);

test.each(reading.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s leaves the query to its own schema',
  (_, route) => {
    expect(asked(route, { nope: '1' })).toBe(true);
    expect(route.ignored).toEqual([]);
  },
);

test('what OpenStack’s clients send is accepted by name', () => {
  const accepted = others.filter(({ ignored }) => ignored.length > 0);
  expect(
    accepted.map(({ method, path, ignored }) => `${method} ${path}: ${ignored.join(' ')}`),
  ).toContain('POST /identity/v3/auth/tokens: nocatalog');
});
