import { ownValue } from '@metalcast/domain';
import { openSession } from '@metalcast/cloud-client';
import type { Call, Run } from '../action.js';
import { explainSummary, explainAllNodes, type Judgement } from '../api/explain.js';
import { account } from '../environment.js';
import { usageFailure } from '../failure.js';
import { table } from '../output/table.js';

/** `metalcast explain`: how a server would be placed, and why other nodes are rejected. */
export const explain: Run = async (call) => {
  const request = explainRequestOf(call.options);
  const session = await openSession(account(call));
  const isWhole = call.options['nodes'] === true;
  const answer = await (isWhole
    ? explainAllNodes(session, request)
    : explainSummary(session, request));
  const text = isWhole ? `${answer.text}\n\n${judgementTable(answer.judgements)}` : answer.text;
  return { text, data: answer };
};

const fields = {
  flavor: 'flavor',
  image: 'image',
  project: 'project_id',
  zone: 'availability_zone',
  server: 'server',
};

export function explainRequestOf(options: Call['options']): Record<string, unknown> {
  if ((options['flavor'] === undefined) === (options['server'] === undefined)) {
    throw usageFailure('Give either --flavor or --server.');
  }
  const hints = options['hint'] as readonly string[] | undefined;
  return {
    ...Object.fromEntries(
      Object.entries(fields)
        .map(([option, field]) => [field, ownValue(options, option)] as const)
        .filter(([, value]) => value !== undefined),
    ),
    ...(hints === undefined ? {} : { hints: hintsOf(hints) }),
  };
}

/** Parses hints such as `same_rack=<uuid>`. A repeated key becomes a list, as in the openstack client. */
function hintsOf(pairs: readonly string[]): Record<string, string | string[]> {
  const values = new Map<string, string[]>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) {
      throw usageFailure(`A hint must have the form key=value, not ${pair}.`);
    }
    const key = pair.slice(0, at);
    values.set(key, [...(values.get(key) ?? []), pair.slice(at + 1)]);
  }
  return Object.fromEntries(
    [...values].map(([key, all]) => [key, all.length === 1 ? (all[0] ?? '') : all]),
  );
}

export const judgementTable = (judgements: readonly Judgement[]): string =>
  table(
    ['UUID', 'NAME', 'RANK', 'WEIGHT', 'REJECTED BY', 'WHY'],
    judgements.map(({ uuid, name, rank, weight, filter, reason, detail }) => [
      uuid,
      name ?? '',
      rank === null ? '' : String(rank),
      weight === null ? '' : weight.toFixed(3),
      filter ?? '',
      detail ?? reason ?? '',
    ]),
  );
