import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { controllersOf } from '../openapi/testing/controllers.js';
import { walk } from '../openapi/walk.js';
import { refusedRoutes } from './refused-routes.js';
import { refusedActions } from './server-actions.js';

interface NovaApi {
  readonly routes: readonly { readonly path: string; readonly methods: readonly string[] }[];
  readonly actions: readonly string[];
}

/** Written by nova-routes.py beside it. */
const novaFile = new URL('../../../../test/golden/nova-routes.json', import.meta.url);
const nova = JSON.parse(readFileSync(novaFile, 'utf8')) as NovaApi;

/** `GET /compute/v2.1/servers/*`: names of parameters do not matter. */
const shapeOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${path.replaceAll(/\/(?::\w+|\{\w+\})/g, '/*')}`;

const offered = walk(controllersOf()).map(shapeOf);
const refused = refusedRoutes.map(shapeOf);

test.each(
  nova.routes.flatMap(({ path, methods }) =>
    methods.map((method) => shapeOf({ method, path: `/compute/v2.1${path}` })),
  ),
)("Nova's %s is offered, or refused with a sentence", (route) => {
  expect([...offered, ...refused]).toContain(route);
});

test('each action on a server that Nova has is offered, or refused with a sentence', () => {
  const names = ['reboot', ...refusedActions.map(({ name }) => name)];
  expect(names.toSorted()).toEqual(nova.actions);
});

test('nothing is refused twice, or both refused and offered', () => {
  expect(new Set(refused).size).toBe(refused.length);
  expect(refused.filter((route) => offered.includes(route))).toEqual([]);
});

test.each([...refusedRoutes, ...refusedActions].map(({ reason }) => reason))('%s', (reason) => {
  expect(reason).toMatch(/^[A-Z].{20,}\.$/);
});
