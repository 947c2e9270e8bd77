import { describe, expect, test } from 'vitest';
import type { PlacementRequest } from '../request/placement-request.js';
import { aGroup, aLocation, aRequest } from '../testing/a-request.js';
import { uuidOf } from '../testing/a-fleet.js';
import { verdictOf, type Question } from '../testing/a-verdict.js';

const here = { service_host: 'h1', rack: 'r1', power_feed: 'f1', switch: 's1' };
const alike = aLocation({ host: 'h1', rack: 'r1', powerFeed: 'f1', switchName: 's1' });
const elsewhere = aLocation({ host: 'h2', rack: 'r2', powerFeed: 'f2', switchName: 's2' });
const [one, other] = [uuidOf(11), uuidOf(12)];

type Hints = PlacementRequest['hints'];
const hinted = (hints: Hints, ...places: [string, typeof alike][]): Question['request'] =>
  aRequest({ hints, places: new Map(places) });

describe.each([
  ['Host', 'host', 'compute host', 'h1'],
  ['Rack', 'rack', 'rack', 'r1'],
  ['PowerFeed', 'power_feed', 'power feed', 'f1'],
  ['Switch', 'switch', 'switch', 's1'],
])('F94: Same%sFilter, Different…', (name, scope, word, domain) => {
  const [same, different] = [`Same${name}Filter`, `Different${name}Filter`];

  test('without the hint every node passes', () => {
    expect(verdictOf({ filter: same, node: here })).toBeUndefined();
    expect(verdictOf({ filter: different, node: here })).toBeUndefined();
  });

  test('one shared server is enough for affinity and too many for anti-affinity', () => {
    const places: [string, typeof alike][] = [
      [one, elsewhere],
      [other, alike],
    ];
    const near = hinted({ [`same_${scope}`]: [one, other] }, ...places);
    expect(verdictOf({ filter: same, node: here, request: near! })).toBeUndefined();
    const apart = hinted({ [`different_${scope}`]: [one, other] }, ...places);
    expect(verdictOf({ filter: different, node: here, request: apart! })).toEqual({
      reason: `shares its ${word} with a server of hint different_${scope}`,
      detail: `${word} ${domain}`,
      change: `drop the hint different_${scope}`,
    });
  });

  test('servers elsewhere', () => {
    const near = hinted({ [`same_${scope}`]: [one] }, [one, elsewhere]);
    expect(verdictOf({ filter: same, node: here, request: near! })).toEqual({
      reason: `shares no ${word} with the servers of hint same_${scope}`,
      detail: `${word} ${domain}`,
      change: `drop the hint same_${scope}`,
    });
    const apart = hinted({ [`different_${scope}`]: [one] }, [one, elsewhere]);
    expect(verdictOf({ filter: different, node: here, request: apart! })).toBeUndefined();
  });

  test('servers without a node', () => {
    const near = hinted({ [`same_${scope}`]: [one] });
    expect(verdictOf({ filter: same, node: here, request: near! })?.reason).toBe(
      `shares no ${word} with the servers of hint same_${scope}, because those servers have no node`,
    );
    const apart = hinted({ [`different_${scope}`]: [one] });
    expect(verdictOf({ filter: different, node: here, request: apart! })).toBeUndefined();
  });

  test('a node without the value is a domain of its own', () => {
    const places: [string, typeof alike] = [one, aLocation()];
    const near = hinted({ [`same_${scope}`]: [one] }, places);
    expect(verdictOf({ filter: same, request: near! })?.detail).toBe(`no ${word} is set`);
    const apart = hinted({ [`different_${scope}`]: [one] }, places);
    expect(verdictOf({ filter: different, request: apart! })).toBeUndefined();
  });
});

describe('F94: server groups', () => {
  const affinity = 'GroupAffinityFilter';
  const antiAffinity = 'GroupAntiAffinityFilter';
  const asked = (...group: Parameters<typeof aGroup>): Question['request'] =>
    aRequest({ group: aGroup(...group) });

  test.each<[string, Question]>([
    ['no group', { filter: affinity }],
    ['no group', { filter: antiAffinity }],
    ['its first server', { filter: affinity, request: asked({ policy: 'affinity' })! }],
    ['its first server', { filter: antiAffinity, request: asked()! }],
    ['the other policy', { filter: affinity, request: asked({ members: [elsewhere] })! }],
    [
      'the other policy',
      { filter: antiAffinity, request: asked({ policy: 'affinity', members: [alike] })! },
    ],
    [
      'a wish',
      { filter: affinity, request: asked({ policy: 'soft-affinity', members: [alike] })! },
    ],
    [
      'a wish',
      { filter: antiAffinity, request: asked({ policy: 'soft-anti-affinity', members: [alike] })! },
    ],
    [
      'the same rack',
      { filter: affinity, request: asked({ policy: 'affinity', members: [elsewhere, alike] })! },
    ],
    ['another rack', { filter: antiAffinity, request: asked({ members: [elsewhere] })! }],
    [
      'the same rack by host',
      {
        filter: antiAffinity,
        request: asked({ scope: 'host', members: [aLocation({ rack: 'r1', host: 'h9' })] })!,
      },
    ],
    [
      'another node of the rack',
      { filter: antiAffinity, request: asked({ scope: 'node', members: [alike] })! },
    ],
  ])('passes: %s, $filter', (_, question) => {
    expect(verdictOf({ node: here, ...question })).toBeUndefined();
  });

  test('too near', () => {
    const request = asked({ members: [elsewhere, alike] })!;
    expect(verdictOf({ filter: antiAffinity, node: here, request })).toEqual({
      reason: 'shares its rack with a server of group web',
      detail: 'rack r1',
      change: 'use a group of policy soft-anti-affinity',
    });
  });

  test('too far', () => {
    const request = asked({ policy: 'affinity', scope: 'power_feed', members: [elsewhere] })!;
    expect(verdictOf({ filter: affinity, node: here, request })).toEqual({
      reason: 'shares no power feed with the servers of group web',
      detail: 'power feed f1',
      change: 'use a group of policy soft-affinity',
    });
  });
});

describe('SimpleCIDRAffinityFilter', () => {
  const filter = 'SimpleCIDRAffinityFilter';
  const near = (address: string, cidr?: string): Pick<Question, 'request'> => ({
    request: aRequest({
      hints: { build_near_host_ip: address, ...(cidr === undefined ? {} : { cidr }) },
    }),
  });
  const node = { capabilities: { host_ip: '10.1.2.3' } };

  test.each<Partial<Question>>([
    {},
    { node, ...near('10.1.2.77') },
    { node, ...near('10.1.77.77', '/16') },
    { node, ...near('10.1.2.2', '31') },
    { node, ...near('99.1.2.2', '/0') },
  ])('passes %j', (question) => {
    expect(verdictOf({ filter, ...question })).toBeUndefined();
  });

  test.each<[Partial<Question>, string, string]>([
    [{ node, ...near('10.1.3.1') }, '10.1.3.0/24', 'host_ip 10.1.2.3'],
    [{ node, ...near('10.1.2.4', '/30') }, '10.1.2.4/30', 'host_ip 10.1.2.3'],
    [near('10.1.2.3'), '10.1.2.0/24', 'no host_ip is set'],
    [
      { node: { capabilities: { host_ip: 'somewhere' } }, ...near('10.1.2.3') },
      '10.1.2.0/24',
      'host_ip somewhere',
    ],
  ])('rejects %j', (question, network, detail) => {
    expect(verdictOf({ filter, ...question })).toEqual({
      reason: `has no host_ip in the network ${network}`,
      detail,
      change: "correct the node's capability host_ip, or drop the hint build_near_host_ip",
    });
  });
});

describe('F93: JsonFilter', () => {
  const filter = 'JsonFilter';
  const query = (text: string): Pick<Question, 'request'> => ({
    request: aRequest({ hints: { query: text } }),
  });

  test.each<Partial<Question>>([
    {},
    query('["and", [">=", "$free_ram_mb", 8192], ["=", "$cpu_arch", "x86_64"]]'),
    { node: here, ...query('["in", "$rack", "r0", "r1"]') },
    { node: { capabilities: { net: { gbit: 25 } } }, ...query('[">", "$net.gbit", 10]') },
    { node: { capabilities: { gbit: 25 } }, ...query('["=", "$capabilities.gbit", 25]') },
    { node: { capabilities: { 'cpu.model': 'xeon' } }, ...query('["=", "$cpu.model", "xeon"]') },
    { node: { capabilities: { 'cpu:model': 'xeon' } }, ...query('["=", "$cpu.model", "xeon"]') },
    query('["=", "$host", "$nodename"]'),
  ])('passes %j', (question) => {
    expect(verdictOf({ filter, ...question })).toBeUndefined();
  });

  test('rejects with what the node has', () => {
    const text = '["and", [">", "$free_ram_mb", 8192], ["=", "$rack", "r1"]]';
    expect(verdictOf({ filter, ...query(text) })).toEqual({
      reason: `does not meet the query ${text}`,
      detail: 'free_ram_mb is 8192, rack is not set',
      change: 'widen the hint query',
    });
  });

  test('a malformed one is a named error', () => {
    expect(() => verdictOf({ filter, ...query('["near"]') })).toThrow(
      expect.objectContaining({ code: 'QUERY_MALFORMED' }),
    );
  });
});
