import { expect, test } from 'vitest';
import { rejectImpossibleFirstSign } from './promised-sign.js';

const image = (sign?: unknown) => ({
  id: 'i',
  properties: sign === undefined ? {} : { metalcast_first_sign: sign },
});

test.each([
  [undefined, false],
  ['dhcp', false],
  ['phone_home', true],
])('%j with config drive %j is taken', (sign, configDrive) => {
  expect(() => {
    rejectImpossibleFirstSign(image(sign), configDrive);
  }).not.toThrow();
});

test.each([
  ['phone-home', true, /"phone-home"; it must be one of dhcp, phone_home\.$/],
  [7, true, /must be one of/],
  ['phone_home', false, /config_drive must not be false/],
])('%j with config drive %j is refused', (sign, configDrive, message) => {
  expect(() => {
    rejectImpossibleFirstSign(image(sign), configDrive);
  }).toThrow(message);
});
