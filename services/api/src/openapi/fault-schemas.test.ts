import { Fault, faults, type FaultCode } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { faultBody } from '../faults/fault-bodies.js';
import { apiNames } from './api-names.js';
import { faultSchemas } from './fault-schemas.js';

test.each(apiNames)('the %s API writes every fault as its document says', (api) => {
  for (const code of Object.keys(faults) as FaultCode[]) {
    const status = faults[code].http;
    const fault = new Fault(code, { what: 'Port', id: 'x' });
    const body = faultBody(`/${api}/x`, { status, fault, requestId: 'req-1' });
    const schema = faultSchemas[status === 401 ? 'identity' : api];
    expect(schema.parse(body)).toEqual(body);
  }
});
