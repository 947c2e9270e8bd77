import { expect, test } from 'vitest';
import { Links } from './links.js';

const links = new Links({ publicUrl: 'http://c.example/x' });

test.each([
  ['/image/v2', 'http://c.example/x/image/v2?marker=m+1'],
  [
    '/a?limit=2&marker=m+0&tag=a&tag=b%26',
    'http://c.example/x/a?limit=2&marker=m+1&tag=a&tag=b%26',
  ],
])('the page after %s', (url, href) => {
  expect(links.page(url, 'm 1')).toBe(href);
});

test('segments are encoded', () => {
  expect(links.at('compute', 'a b/c')).toBe('http://c.example/x/compute/a%20b%2Fc');
  expect(links.root('image', 'v2')).toBe('http://c.example/x/image/v2/');
});

test('links of images are relative to the endpoint', () => {
  expect(links.image('images', 'i', 'file')).toBe('/v2/images/i/file');
  const query = { limit: 2, name: undefined, tag: ['a', 'b'] };
  expect(links.imagePage(query)).toBe('/v2/images?limit=2&tag=a&tag=b');
  expect(links.imagePage(query, 'm')).toBe('/v2/images?limit=2&tag=a&tag=b&marker=m');
});
