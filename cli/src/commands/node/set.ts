import { isDeepStrictEqual } from 'node:util';
import { openSession } from '@metalcast/cloud-client';
import type { Call, Run } from '../../action.js';
import { changeNodes } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { usageFailure } from '../../failure.js';
import { powerOf } from './power-properties.js';
import { propertiesOf } from './properties.js';

/** `metalcast node set`: what is given, and nothing else; the same for all nodes, by one request, or for none. */
export const nodeSet: Run = async (call) => {
  const changes = changesOf(call.options);
  if (Object.keys(changes).length === 0) {
    throw usageFailure('Nothing to change was named.');
  }
  if (call.args.length > 1) {
    refuseOwn(call.options);
  }
  const nodes = await changeNodes(await openSession(account(call)), call.args, changes);
  const done = whatWasDone(changes);
  return {
    text: nodes.map(({ uuid }) => `node ${uuid}: ${done}`).join('\n'),
    data: call.args.length === 1 ? nodes[0] : { nodes },
  };
};

/** What no two machines have. */
function refuseOwn(options: Call['options']): void {
  const own = { name: '--name', pmAddress: '--pm-address' };
  const said = Object.entries(own).find(([option]) => options[option] !== undefined);
  if (said !== undefined) {
    throw usageFailure(`${said[1]} is of one machine, and several are named.`);
  }
}

/** `rack, traits set; data_of emptied`. */
export function whatWasDone(changes: Readonly<Record<string, unknown>>): string {
  const isEmptied = (field: string): boolean =>
    Object.hasOwn(empty, field) && isDeepStrictEqual(changes[field], empty[field]);
  const told = (fields: readonly string[], verb: string): string[] =>
    fields.length === 0 ? [] : [`${fields.join(', ')} ${verb}`];
  const fields = Object.keys(changes);
  return [
    ...told(
      fields.filter((field) => !isEmptied(field)),
      'set',
    ),
    ...told(fields.filter(isEmptied), 'emptied'),
  ].join('; ');
}

/** What --unset takes, and what a field is then. */
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
      return [field, empty[field]];
    }),
  );
}

/** A reason sets the flag; `--no-…` (false) takes it back. */
function withReason(flag: string, reason: string, option: unknown): Record<string, unknown> {
  if (option === undefined) {
    return {};
  }
  return option === false ? { [flag]: false } : { [flag]: true, [reason]: option };
}
