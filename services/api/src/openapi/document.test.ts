import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { apiNames } from './api-names.js';
import { documentOf } from './document.js';
import { apiOf, describedRoutes } from './routes.js';
import { controllersOf } from './testing/controllers.js';
import { walk } from './walk.js';

interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, object>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const operationsOf = (document: object): [string, Operation][] =>
  Object.entries((document as Document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

const documents = apiNames.map((api) => documentOf(api, 'http://127.0.0.1:8774'));

test.each(apiNames)('the document of the %s API is OpenAPI 3.1', async (api) => {
  const validator = new Validator();
  const result = await validator.validate({ ...documentOf(api, 'http://127.0.0.1:8774') });
  expect(result.errors).toBeUndefined();
  expect(validator.version).toBe('3.1');
});

const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`;

test('every route of the service is described', () => {
  const described = describedRoutes().map(({ route }) => nameOf(route));
  const there = walk(controllersOf()).map(nameOf);
  expect(described.toSorted()).toEqual(there.toSorted());
  expect(there.length).toBeGreaterThan(80);
});

test('every route is an operation of one document', () => {
  expect(documents.flatMap(operationsOf)).toHaveLength(describedRoutes().length);
});

test('no two operations of a document have one id', () => {
  for (const document of documents) {
    const ids = operationsOf(document).map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

interface Access {
  readonly says: string;
  readonly isPublic: boolean;
  readonly refusesRoles: boolean;
}

test.each<[string, Access]>([
  ['GET /compute', { says: 'Needs no token (policy', isPublic: true, refusesRoles: false }],
  [
    'GET /image/v2/images/{id}',
    {
      says: 'Needs any role; for what belongs to another project or user, admin or service (policy',
      isPublic: false,
      refusesRoles: false,
    },
  ],
  [
    'POST /compute/v2.1/flavors',
    { says: 'Needs the role admin (policy', isPublic: false, refusesRoles: true },
  ],
])('%s says what the policy asks for', (name, { says, isPublic, refusesRoles }) => {
  const operation = new Map(documents.flatMap(operationsOf)).get(name);
  expect(operation?.description).toContain(says);
  expect(operation?.security).toEqual(isPublic ? [] : undefined);
  expect('401' in (operation?.responses ?? {})).toBe(!isPublic);
  expect('403' in (operation?.responses ?? {})).toBe(refusesRoles);
});

test.each(describedRoutes().map((described) => [nameOf(described.route), described] as const))(
  '%s has a summary: one sentence',
  (_, { notes: { summary } }) => {
    expect(summary).toMatch(/^[A-Z](?:[^.]|\.(?=\d))+\.$/);
  },
);

test('a route belongs to the API that its path begins with, or else to Metalcast', () => {
  expect(apiOf({ path: '/image/v2/images' })).toBe('image');
  expect(apiOf({ path: '/' })).toBe('metalcast');
  expect(apiOf({ path: '/openapi.json' })).toBe('metalcast');
});
