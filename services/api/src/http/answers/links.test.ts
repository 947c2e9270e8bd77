import { expect, test } from 'vitest';
import { Links } from './links.js';

test.each([
  ['/compute/v2.1/servers', 'http://c.example/x/compute/v2.1/servers?marker=m+1'],
  [
    '/network/v2.0/ports?fields=id&fields=name&marker=old&limit=2',
    'http://c.example/x/network/v2.0/ports?fields=id&fields=name&marker=m+1&limit=2',
  ],
])('the next page of %s, under the public URL', (url, href) => {
  expect(new Links({ publicUrl: 'http://c.example/x' }).next(url, 'm 1')).toEqual([
    { rel: 'next', href },
  ]);
});
