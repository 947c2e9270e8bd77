import { ownValue } from '@metalcast/domain';
import { isDeepStrictEqual } from 'node:util';
import { openSession } from '@metalcast/cloud-client';
import type { Call, Run } from '../../action.js';
import { changeNodes } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { usageFailure } from '../../failure.js';
import { powerOf } from './power-properties.js';
import { propertiesOf } from './properties.js';

/** `metalcast node set` changes only the given fields, equally on all named nodes, in one request, or on none. */
export const nodeSet: Run = async (call) => {
  const changes = changesOf(call.options);
  if (Object.keys(changes).length === 0) {
    throw usageFailure('No change was given.');
  }
  if (call.args.length > 1) {
    refusePerMachineOptions(call.options);
  }
  const nodes = await changeNodes(await openSession(account(call)), call.args, changes);
  const summary = changeSummary(changes);
  return {
    text: nodes.map(({ uuid }) => `node ${uuid}: ${summary}`).join('\n'),
    data: call.args.length === 1 ? nodes[0] : { nodes },
  };
};

/** Options that are unique per machine. */
function refusePerMachineOptions(options: Call['options']): void {
  const perMachine = { name: '--name', pmAddress: '--pm-address' };
  const found = Object.entries(perMachine).find(
    ([option]) => ownValue(options, option) !== undefined,
  );
  if (found !== undefined) {
    throw usageFailure(`${found[1]} is unique per machine, but several nodes are named.`);
  }
}

/** For example `rack, traits set; data_of emptied`. */
export function changeSummary(changes: Readonly<Record<string, unknown>>): string {
  const isEmptied = (field: string): boolean =>
    Object.hasOwn(empty, field) && isDeepStrictEqual(ownValue(changes, field), empty[field]);
  const changed = (fields: readonly string[], verb: string): string[] =>
    fields.length === 0 ? [] : [`${fields.join(', ')} ${verb}`];
  const fields = Object.keys(changes);
  return [
    ...changed(
      fields.filter((field) => !isEmptied(field)),
      'set',
    ),
    ...changed(fields.filter(isEmptied), 'emptied'),
  ].join('; ');
}

/** The fields that --unset accepts, with their empty values. */
const empty: Readonly<Record<string, unknown>> = {
  name: null,
  service_host: null,
  availability_zone: null,
  resource_class: null,
  rack: null,
  power_feed: null,
  switch: null,
  traits: [],
  capabilities: {},
  root_device: null,
  keep_disks: [],
  data_of: [],
};

export function changesOf(options: Call['options']): Record<string, unknown> {
  const power = powerOf(options);
  return {
    ...unset((options['unset'] as readonly string[] | undefined) ?? []),
    ...propertiesOf(options),
    ...(Object.keys(power).length === 0 ? {} : { power }),
    ...withReason('maintenance', 'maintenance_reason', options['maintenance']),
    ...withReason('quarantined', 'quarantine_reason', options['quarantine']),
    ...(options['resetFailures'] === true ? { failures: 0 } : {}),
  };
}

function unset(names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => {
      const field = name.replaceAll('-', '_');
      if (!Object.hasOwn(empty, field)) {
        throw usageFailure(`${name} cannot be unset; these can: ${Object.keys(empty).join(', ')}.`);
      }
      return [field, ownValue(empty, field)];
    }),
  );
}

/** A reason sets the flag; `--no-…` (false) clears it. */
function withReason(flag: string, reason: string, option: unknown): Record<string, unknown> {
  if (option === undefined) {
    return {};
  }
  return option === false ? { [flag]: false } : { [flag]: true, [reason]: option };
}
