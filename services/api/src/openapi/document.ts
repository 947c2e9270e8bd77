import { computeMinors, computeVersion } from '../http/routing/microversion.js';
import { answerSchema, requestSchema } from './json-schema.js';
import type { ApiName } from './api-names.js';
import { faultSchemas } from './fault-schemas.js';
import { parametersOf, templateOf } from './parameters.js';
import { refusedRoutes } from '../not-offered/refused-routes.js';
import { refusedActions } from '../not-offered/server-actions.js';
import { policy, type Rule } from '../policy/policy.js';
import { answers, isPublicRoute, isVersioned, refusals, type Response } from './responses.js';
import { apiOf, describedRoutes, type DescribedRoute } from './routes.js';
import type { WalkedRoute } from './walk.js';

const abouts: Readonly<Record<ApiName, { readonly title: string; readonly version: string }>> = {
  compute: { title: 'Compute API, as Nova’s', version: computeVersion(computeMinors.max) },
  identity: { title: 'Identity API, as Keystone’s', version: '3' },
  image: { title: 'Image API, as Glance’s', version: '2' },
  network: { title: 'Network API, as Neutron’s', version: '2.0' },
  metalcast: { title: 'Metalcast’s own API', version: '1' },
};
const license = { name: 'Apache-2.0', identifier: 'Apache-2.0' };

/** The OpenAPI 3.1 document of an API that is served at `url`. */
export function documentOf(api: ApiName, url: string): object {
  const routes = describedRoutes().filter(({ route }) => apiOf(route) === api);
  return {
    openapi: '3.1.0',
    info: { ...abouts[api], license },
    servers: [{ url }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(({ route }) => tagOf(route)))].map((name) => ({ name })),
    paths: pathsOf(routes),
    'x-not-offered': notOfferedOf(api),
    components: {
      schemas: {
        Fault: answerSchema(faultSchemas[api]),
        KeystoneFault: answerSchema(faultSchemas.identity),
      },
      responses: refusalsOf(routes),
      parameters: commonParameters,
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
    },
  };
}

/**
 * Beside the paths, because programs make a function of each operation: routes, and actions on servers, that OpenStack
 * has and that are refused.
 */
const notOfferedOf = (api: ApiName): object => ({
  routes: refusedRoutes
    .filter((route) => route.api === api)
    .map(({ method, path, reason, microversions: { since, until } }) => ({
      ...{ method, path: templateOf(path), reason },
      ...(since === undefined ? {} : { since: computeVersion(since) }),
      ...(until === undefined ? {} : { until: computeVersion(until) }),
    })),
  ...(api === 'compute'
    ? { serverActions: refusedActions.map(({ name, reason }) => ({ name, reason })) }
    : {}),
});

type Operations = Readonly<Record<string, object>>;

function pathsOf(routes: readonly DescribedRoute[]): Readonly<Record<string, Operations>> {
  const paths = new Map<string, Operations>();
  for (const described of routes) {
    const { path, method } = described.route;
    const template = templateOf(path);
    const operation = operationOf(described, routes);
    paths.set(template, { ...paths.get(template), [method.toLowerCase()]: operation });
  }
  return Object.fromEntries(paths);
}

/** Refusals for the same reasons are written once. */
const refusalsOf = (routes: readonly DescribedRoute[]): Readonly<Record<string, Response>> =>
  Object.fromEntries(
    routes
      .flatMap(({ route, notes }) => refusals(route, notes))
      .map(({ name, response }) => [name, response]),
  );

const header = (name: string, description: string, pattern: string): object => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string', pattern },
});

const commonParameters = {
  RequestId: header(
    'X-OpenStack-Request-ID',
    'Id that the request shall have; one of another form is passed over.',
    '^req-[0-9a-f-]{36}$',
  ),
  ApiVersion: header(
    'OpenStack-API-Version',
    'Microversion to speak: `compute 2.N`, or `compute latest`.',
    String.raw`^compute (2\.\d+|latest)$`,
  ),
  NovaApiVersion: header(
    'X-OpenStack-Nova-API-Version',
    'The same in the older form: `2.N`, or `latest`.',
    String.raw`^(2\.\d+|latest)$`,
  ),
};

const reference = (name: keyof typeof commonParameters): object => ({
  $ref: `#/components/parameters/${name}`,
});

function operationOf({ route, notes }: DescribedRoute, all: readonly DescribedRoute[]): object {
  const description = descriptionOf(route);
  return {
    operationId: operationIdOf(route, all),
    summary: notes.summary,
    ...(description === '' ? {} : { description }),
    tags: [tagOf(route)],
    ...(isPublicRoute(route) ? { security: [] } : {}),
    parameters: [
      ...parametersOf(route),
      reference('RequestId'),
      ...(isVersioned(route) ? [reference('ApiVersion'), reference('NovaApiVersion')] : []),
    ],
    ...bodyOf({ route, notes }),
    responses: responsesOf({ route, notes }),
  };
}

function responsesOf({ route, notes }: DescribedRoute): Readonly<Record<string, object>> {
  const references = refusals(route, notes).map(({ status, name }): [string, object] => [
    String(status),
    { $ref: `#/components/responses/${name}` },
  ]);
  return { ...answers(route, notes), ...Object.fromEntries(references) };
}

function bodyOf({ route, notes }: DescribedRoute): object {
  const { takes = 'application/json' } = notes;
  if (route.body === undefined && notes.takes === undefined) {
    return {};
  }
  const schema = route.body === undefined ? {} : requestSchema(route.body);
  return { requestBody: { required: true, content: { [takes]: { schema } } } };
}

/** What the route's settings say, in words. */
function descriptionOf({
  settings: { rule, bodyBytes, isBatch },
  microversions,
}: WalkedRoute): string {
  const { since, until } = microversions;
  return [
    ...(rule === undefined ? [] : [callersOf(rule)]),
    ...(since === undefined ? [] : [`From microversion 2.${since} on.`]),
    ...(until === undefined ? [] : [`Until microversion 2.${until}.`]),
    ...(bodyBytes === undefined ? [] : [`The body may have ${bodyBytes} bytes.`]),
    ...(isBatch === true ? ['The body may be as large as the option max_batch_bytes allows.'] : []),
  ].join(' ');
}

/** Who may call a route with the rule. */
function callersOf(rule: Rule): string {
  const { roles, others = [] } = policy[rule];
  const who = { public: 'Needs no token', any: 'Needs any role' };
  const own = typeof roles === 'string' ? who[roles] : `Needs the role ${roles.join(' or ')}`;
  const beyond =
    others.length === 0
      ? ''
      : `; for what belongs to another project or user, ${others.join(' or ')}`;
  return `${own}${beyond} (policy \`${rule}\`).`;
}

const nameOf = ({ controller }: WalkedRoute): string => controller.name.replace(/Controller$/, '');

const tagOf = (route: WalkedRoute): string =>
  nameOf(route)
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase();

/** `ServersList`; a method of several paths is told apart by the place of its path. */
function operationIdOf(route: WalkedRoute, all: readonly DescribedRoute[]): string {
  const { controller, handler } = route;
  const same = all.filter(
    ({ route: other }) => other.controller === controller && other.handler === handler,
  );
  const place = same.findIndex(({ route: other }) => other.path === route.path);
  const name = `${nameOf(route)}${handler.charAt(0).toUpperCase()}${handler.slice(1)}`;
  return place > 0 ? `${name}${place + 1}` : name;
}
