import { Fault, faults, type FaultCode } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { faultBody } from './fault-bodies.js';

const bodyOf = (url: string, code: FaultCode, details = {}): object =>
  faultBody(url, {
    status: faults[code].http,
    fault: new Fault(code, details, { message: 'why' }),
    requestId: 'req-1',
  });

test.each([
  ['/compute/v2.1/servers/x', 'NOT_FOUND', { itemNotFound: { code: 404, message: 'why' } }],
  ['/compute/v2.1/servers', 'CONFLICT', { conflictingRequest: { code: 409, message: 'why' } }],
  ['/compute/v2.1/servers', 'INTERNAL', { computeFault: { code: 500, message: 'why' } }],
  ['/compute/v2.1', 'VERSION_NOT_SUPPORTED', { computeFault: { code: 406, message: 'why' } }],
  ['/identity/v3/x', 'FORBIDDEN', { error: { code: 403, title: 'Forbidden', message: 'why' } }],
  ['/image/v2/images/x', 'NOT_FOUND', { error: { code: 404, title: 'Not Found', message: 'why' } }],
  ['/unknown', 'NOT_FOUND', { error: { code: 404, title: 'Not Found', message: 'why' } }],
  ['/__proto__', 'NOT_FOUND', { error: { code: 404, title: 'Not Found', message: 'why' } }],
  ['/constructor', 'NOT_FOUND', { error: { code: 404, title: 'Not Found', message: 'why' } }],
  ['/toString/x', 'NOT_FOUND', { error: { code: 404, title: 'Not Found', message: 'why' } }],
  ['/compute/x', 'TOO_MANY_REQUESTS', { overLimit: { code: 429, message: 'why' } }],
] as const)('%s %s', (url, code, body) => {
  expect(bodyOf(url, code)).toEqual(body);
});

test('Neutron names the class of the error', () => {
  const typeOf = (code: FaultCode, details = {}): unknown =>
    (bodyOf('/network/v2.0/x', code, details) as { NeutronError: { type: string } }).NeutronError
      .type;
  expect(typeOf('NOT_FOUND', { what: 'Port', id: 'x' })).toBe('PortNotFound');
  expect(typeOf('CONFLICT', { reason: 'x', type: 'PortInUse' })).toBe('PortInUse');
  expect(typeOf('BAD_REQUEST', { reason: 'x' })).toBe('InvalidInput');
  expect(typeOf('NETWORK_EXHAUSTED', { reason: 'x' })).toBe('IpAddressGenerationFailure');
});

test.each(['compute/v2.1', 'network/v2.0', 'image/v2', 'metalcast/v1'])(
  "%s refuses a token as Keystone's middleware does",
  (prefix) => {
    expect(bodyOf(`/${prefix}/x`, 'UNAUTHORIZED')).toHaveProperty('error.code', 401);
  },
);
