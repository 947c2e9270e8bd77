// The CHECK constraints of states, derived from the state tables in libs/domain. Needs a build.
import pg from 'pg';
import {
  deploymentStates,
  imageStates,
  nodeStates,
  operationStates,
  powerCommandStates,
  taskStatesIn,
  vmStates,
} from '@metalcast/domain';

const quoted = (values) => values.map((value) => `'${value}'`).join(', ');
const oneOf = (column, { states }) => `"${column}" IN (${quoted(states)})`;

/** A node that was never claimed has NULL, which means `available`. */
const nodes = { states: nodeStates.states.filter((state) => state !== 'available') };

const taskStates = Object.entries(taskStatesIn)
  .map(([vmState, allowed]) => {
    const named = allowed.filter((taskState) => taskState !== null);
    const among = named.length === 0 ? '' : ` OR "task_state" IN (${quoted(named)})`;
    return `("vm_state" = '${vmState}' AND ("task_state" IS NULL${among}))`;
  })
  .join(' OR ');

/** By constraint name: the table and the condition on its rows. */
export const stateChecks = {
  nodes_task_state_known: { table: 'nodes', check: oneOf('task_state', nodes) },
  instances_vm_state_known: { table: 'instances', check: oneOf('vm_state', vmStates) },
  instances_task_state_known: { table: 'instances', check: taskStates },
  operations_state_known: { table: 'operations', check: oneOf('state', operationStates) },
  power_commands_state_known: {
    table: 'power_commands',
    check: oneOf('state', powerCommandStates),
  },
  deployments_state_known: { table: 'deployments', check: oneOf('state', deploymentStates) },
  images_status_known: { table: 'images', check: oneOf('status', imageStates) },
};

/** PostgreSQL's stored form of each constraint, from a scratch table with the same columns. */
async function asStored(query) {
  const stored = new Map();
  for (const [name, { table, check }] of Object.entries(stateChecks)) {
    await query(`CREATE TEMPORARY TABLE "check_${name}" (LIKE "${table}")`);
    await query(`ALTER TABLE "check_${name}" ADD CONSTRAINT "${name}" CHECK (${check})`);
    stored.set(name, await definition(query, `pg_temp."check_${name}"`, name));
    await query(`DROP TABLE pg_temp."check_${name}"`);
  }
  return stored;
}

async function definition(query, table, name) {
  const { rows } = await query(
    `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint
      WHERE conrelid = '${table}'::regclass AND conname = '${name}'`,
  );
  return rows[0]?.text;
}

/** The SQL that updates a database's checks to the state tables; empty when they agree. */
export async function missingChecks(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await changesOf((sql) => client.query(sql));
  } finally {
    await client.end();
  }
}

async function changesOf(query) {
  const wanted = await asStored(query);
  const changes = [];
  for (const [name, { table, check }] of Object.entries(stateChecks)) {
    const present = await definition(query, `"${table}"`, name);
    if (present !== wanted.get(name)) {
      const drop = present === undefined ? '' : `DROP CONSTRAINT "${name}",\n    `;
      changes.push(`ALTER TABLE "${table}"\n    ${drop}ADD CONSTRAINT "${name}" CHECK (${check});`);
    }
  }
  return changes.join('\n');
}
