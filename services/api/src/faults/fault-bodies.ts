import { STATUS_CODES } from 'node:http';
import { faults, type Fault, type FaultCode } from '@metalcast/domain';

export interface HttpFault {
  readonly status: number;
  readonly fault: Fault;
  readonly requestId: string;
}

type BodyOf = (answer: HttpFault) => object;

/** Nova's names (nova/api/openstack/wsgi.py); computeFault stands for all other statuses. */
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

/** Glance has the same form here: its own HTML and flat JSON are of no use to its clients. */
const keystone: BodyOf = ({ status, fault }) => ({
  error: { code: status, title: STATUS_CODES[status] ?? 'Error', message: fault.message },
});

/** Neutron's exception classes, which clients map to their own. */
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

/** A fault in the form of Metalcast's own API, for a whole request or for one item of it. */
export const faultView = ({ code, message, details }: Fault): object => ({
  code,
  status: faults[code].http,
  message,
  details,
});

/** A map, because the key comes from the URL and a plain object inherits keys. */
const bodies: ReadonlyMap<string, BodyOf> = new Map([
  ['compute', nova],
  ['identity', keystone],
  ['image', keystone],
  ['network', neutron],
  ['metalcast', metalcast],
]);

/** The error body of the API that `url` belongs to. A refused token gets Keystone's form from every API. */
export function faultBody(url: string, answer: HttpFault): object {
  const [, api = ''] = /^\/([^/?]*)/.exec(url) ?? [];
  const bodyOf = answer.status === 401 ? keystone : (bodies.get(api) ?? keystone);
  return bodyOf(answer);
}
