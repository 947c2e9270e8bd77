import { STATUS_CODES } from 'node:http';
import { faults, type FaultCode } from '@metalcast/domain';
import { isPublic, policy } from '../policy/policy.js';
import { answerSchema, type JsonSchema } from './json-schema.js';
import type { RouteNotes } from './notes.js';
import { templateOf } from './parameters.js';
import { isOfApi } from './routes.js';
import type { WalkedRoute } from './walk.js';

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

type Responses = Readonly<Record<string, Response>>;

const requestId = 'x-openstack-request-id';
const ofAll = { [requestId]: 'Id of the request, as in the logs and in all that follows from it.' };
const ofCompute = {
  'openstack-api-version': 'The microversion in which the answer is written: `compute 2.N`.',
};

const headersOf = (texts: Readonly<Record<string, string>>): Record<string, object> =>
  Object.fromEntries(
    Object.entries(texts).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );

export const isVersioned = ({ path }: Pick<WalkedRoute, 'path'>): boolean =>
  path.startsWith('/compute/v2.1/');

export const isPublicRoute = ({ settings: { rule } }: Pick<WalkedRoute, 'settings'>): boolean =>
  rule !== undefined && isPublic(rule);

const isForAnyRole = ({ settings: { rule } }: WalkedRoute): boolean =>
  rule !== undefined && policy[rule].roles === 'any';

/** What the route answers when it does not refuse. */
export function answers(route: WalkedRoute, notes: RouteNotes): Responses {
  if (notes.onlyRefuses === true) {
    return {};
  }
  const { answer, gives = 'application/json', alsoAnswers = {}, answerHeaders = {} } = notes;
  const texts = { ...ofAll, ...(isVersioned(route) ? ofCompute : {}), ...answerHeaders };
  const headers = headersOf(texts);
  const schema = answer === undefined ? {} : answerSchema(answer);
  const hasBody = answer !== undefined || notes.gives !== undefined;
  const content = hasBody ? { content: { [gives]: { schema } } } : {};
  const main = { description: STATUS_CODES[route.status] ?? '', headers, ...content };
  const others = Object.entries(alsoAnswers).map(([status, description]) => [
    status,
    { description, headers, ...(status === '204' ? {} : content) },
  ]);
  return { [route.status]: main, ...(Object.fromEntries(others) as Responses) };
}

/** Why a route refuses, by status; under the name that routes with the same reasons share. */
export interface Refusal {
  readonly status: number;
  readonly name: string;
  readonly response: Response;
}

export function refusals(route: WalkedRoute, notes: RouteNotes): Refusal[] {
  const byStatus = new Map<number, FaultCode[]>();
  for (const code of new Set([...usualFaults(route), ...(notes.faults ?? [])])) {
    const { http } = faults[code];
    byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  return [...byStatus].map(([status, codes]) => ({
    status,
    name: [...codes, ...(isOfApi(route) ? [] : ['outside'])].join('.'),
    response: refused(codes, { isInApiForm: status !== 401 && isOfApi(route) }),
  }));
}

const refused = (
  codes: readonly FaultCode[],
  { isInApiForm }: { readonly isInApiForm: boolean },
): Response => ({
  description: codes.map((code) => `\`${code}\`: ${faults[code].message}`).join('\n\n'),
  headers: headersOf(ofAll),
  content: {
    'application/json': {
      schema: { $ref: `#/components/schemas/${isInApiForm ? 'Fault' : 'KeystoneFault'}` },
    },
  },
});

/** What every route of its kind may be refused with. */
function usualFaults(route: WalkedRoute): FaultCode[] {
  const { since, until } = route.microversions;
  const hasParameters = templateOf(route.path).includes('{');
  const isOpen = isPublicRoute(route);
  const needsRole = !isOpen && !isForAnyRole(route);
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(route.method);
  return [
    'BAD_REQUEST',
    ...(isOpen ? [] : (['UNAUTHORIZED'] as const)),
    ...(needsRole ? (['FORBIDDEN'] as const) : []),
    ...(hasParameters ? (['NOT_FOUND', 'URI_TOO_LONG'] as const) : []),
    ...(since === undefined && until === undefined ? [] : (['NOT_FOUND'] as const)),
    ...(isVersioned(route) ? (['VERSION_NOT_SUPPORTED'] as const) : []),
    ...(hasBody ? (['REQUEST_TIMEOUT', 'TOO_LARGE', 'UNSUPPORTED_MEDIA'] as const) : []),
    'EXPECTATION_FAILED',
    'TOO_MANY_REQUESTS',
    'INTERNAL',
    'UNAVAILABLE',
  ];
}
