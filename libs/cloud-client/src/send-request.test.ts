import { expect, test } from 'vitest';
import { unreachable } from './send-request.js';

const failed = (code: string): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code }) });

test.each([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])('%s is about the certificate, not about an API that is away', (code) => {
  expect(unreachable('https://cloud.example/identity', failed(code))).toMatchObject({
    code: 'API_UNTRUSTED',
    message: `The certificate of the API at https://cloud.example is not trusted: ${code}.`,
  });
});

test.each(['ECONNREFUSED', 'UND_ERR_SOCKET'])('%s is about an API that is away', (code) => {
  expect(unreachable('https://cloud.example/identity', failed(code))).toMatchObject({
    code: 'API_UNREACHABLE',
    message: `Cannot reach the API at https://cloud.example: ${code}.`,
  });
});
