// For every name that a client chooses, and wherever dnsmasq's line is cut: nothing is thrown, and no client can speak
// for another card.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DhcpLog } from './dhcp-log.js';

const mac = '52:54:00:77:00:01';
const other = '52:54:00:77:00:02';
/** What clients can choose: host names, vendor and user classes. */
const chosen = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    `1 DHCPDISCOVER(br-prov) ${other}`,
    `DHCPREQUEST(br-prov) 10.77.0.102 ${other}`,
    `wrong server-ID ${other}`,
    `dnsmasq-dhcp[1]: 1 DHCPDISCOVER(br-prov) ${other}`,
    'PXEClient:Arch:00000',
    'vendor class: PXEClient',
    'read /etc/passwd',
    '%s%n',
    'x'.repeat(3000),
  ),
);
const line = fc.oneof(
  chosen.map((name) => `1 client provides name: ${name}`),
  chosen.map((name) => `1 vendor class: ${name}`),
  chosen.map((name) => `1 user class: ${name}`),
  chosen.map((name) => `1 DHCPDISCOVER(br-prov) ${mac} ${name}`),
  chosen.map((name) => `1 DHCPREQUEST(br-prov) 10.77.0.101 ${mac} ${name}`),
  chosen.map((name) => `1 DHCPACK(br-prov) 10.77.0.101 ${mac} ${name}`),
  chosen.map((name) => `1 DHCPNAK(br-prov) 10.77.0.101 ${mac} ${name}`),
  fc.constant('1 available DHCP subnet: 10.77.0.0/255.255.255.0'),
);
/** dnsmasq writes names as they are, so that a line feed in a name begins a new line. */
const whole = line.map((text) => `dnsmasq-dhcp[20429]: ${text.replaceAll(/[\n\r]/g, '.')}`);
const cut = fc.tuple(whole, fc.nat(200)).map(([text, at]) => text.slice(0, at));

test('only what dnsmasq logs of a packet is reported, for the card that sent it', () => {
  fc.assert(
    fc.property(fc.array(whole, { maxLength: 12 }), (lines) => {
      const log = new DhcpLog();
      for (const text of lines) {
        const news = log.read(text);
        expect(news === undefined || ('mac' in news && news.mac === mac)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

test('noise is not reported, and does not hide what follows it', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(cut, chosen, whole), { maxLength: 12 }), (lines) => {
      const log = new DhcpLog();
      for (const text of lines) {
        log.read(text);
      }
      log.read('dnsmasq-dhcp[20429]: 7 available DHCP subnet: 10.77.0.0/255.255.255.0');
      expect(log.read(`dnsmasq-dhcp[20429]: 7 DHCPDISCOVER(br-prov) ${mac} `)).toEqual({
        kind: 'discover',
        mac,
        byLoader: false,
      });
    }),
    { numRuns: 200 },
  );
});
