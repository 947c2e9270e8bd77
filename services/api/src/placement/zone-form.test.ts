import { expect, test } from 'vitest';
import { parseZoneForm } from './zone-form.js';

test.each([
  ['az1', 'az1', null, null],
  ['az1:h1', 'az1', 'h1', null],
  ['az1:h1:n1', 'az1', 'h1', 'n1'],
  ['az1::n1', 'az1', null, 'n1'],
  [':h1', null, 'h1', null],
  ['::n1', null, null, 'n1'],
  ['', null, null, null],
  [' : ', null, null, null],
])('%j: zone %j, host %j, node %j', (text, zone, host, node) => {
  expect(parseZoneForm(text)).toEqual({ zone, host, node });
});

test.each(['a:b:c:d', ':::'])('%j is refused', (text) => {
  expect(() => parseZoneForm(text)).toThrow('Unable to parse availability_zone');
});
