import { STATUS_CODES } from 'node:http';
import { faults, type Fault, type FaultCode } from '@metalcast/domain';

export interface HttpFault {
  readonly status: number;
  readonly fault: Fault;
  readonly requestId: string;
}

type BodyOf = (answer: HttpFault) => object;

/** Nova's names; whatever has none is a computeFault (nova/api/openstack/wsgi.py). */
const novaNames: Readonly<Partial<Record<number, string>>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  408: 'requestTimeout',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

const otherFault = 'computeFault';

export const novaFaultNames: readonly string[] = [
  ...new Set([...Object.values(novaNames).filter((name) => name !== undefined), otherFault]),
];

const nova: BodyOf = ({ status, fault }) => ({
  [novaNames[status] ?? otherFault]: { code: status, message: fault.message },
});

/** Also Glance's: its own HTML, or flat JSON that its clients cannot read, helps nobody. */
const keystone: BodyOf = ({ status, fault }) => ({
  error: { code: status, title: STATUS_CODES[status] ?? 'Error', message: fault.message },
});

/** Neutron's exception class, which its clients map to theirs. */
const neutronTypes: Partial<Record<FaultCode, string>> = {
  BAD_REQUEST: 'InvalidInput',
  FORBIDDEN: 'PolicyNotAuthorized',
  METHOD_NOT_ALLOWED: 'HTTPMethodNotAllowed',
  NETWORK_EXHAUSTED: 'IpAddressGenerationFailure',
  NOT_IMPLEMENTED: 'HTTPNotImplemented',
  REQUEST_TIMEOUT: 'HTTPRequestTimeout',
  TOO_LARGE: 'HTTPRequestEntityTooLarge',
  TOO_MANY_REQUESTS: 'HTTPTooManyRequests',
};

const neutron: BodyOf = ({ fault }) => {
  const { code, details, message } = fault;
  const named = code === 'NOT_FOUND' ? `${String(details['what'])}NotFound` : neutronTypes[code];
  const type = details['type'] ?? named ?? 'HTTPInternalServerError';
  return { NeutronError: { type, message, detail: '' } };
};

const metalcast: BodyOf = ({ fault, requestId }) => ({
  error: { ...faultView(fault), request_id: requestId },
});

/** A fault in the form of Metalcast's own API: of a request, or of one item of a request. */
export const faultView = ({ code, message, details }: Fault): object => ({
  code,
  status: faults[code].http,
  message,
  details,
});

/** A map: the key comes from the URL, and a plain object has more keys than it was given. */
const bodies: ReadonlyMap<string, BodyOf> = new Map([
  ['compute', nova],
  ['identity', keystone],
  ['image', keystone],
  ['network', neutron],
  ['metalcast', metalcast],
]);

/** The body that the API of `url` gives to its errors. All APIs refuse a token as Keystone's middleware does. */
export function faultBody(url: string, answer: HttpFault): object {
  const [, api = ''] = /^\/([^/?]*)/.exec(url) ?? [];
  const bodyOf = answer.status === 401 ? keystone : (bodies.get(api) ?? keystone);
  return bodyOf(answer);
}
