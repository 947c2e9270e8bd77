// Writes docs/generated/ from the tables in the code, or with --check names the stale pages. Reads the build, and
// refuses a build that is older than its sources.
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { unbuilt } from './unbuilt.mjs';

const services = ['api', 'scheduler', 'compute', 'power', 'boot', 'deploy-helper'];
const here = (path) => new URL(path, import.meta.url);

const old = unbuilt(
  fileURLToPath(here('..')),
  services.map((service) => `services/${service}`),
);
if (old.length > 0) {
  process.stderr.write(
    `Run \`npm run build\` first, nothing is written: sources are newer than their build in ${old.join(', ')}\n`,
  );
  process.exit(1);
}

// Imported late: without a build there is nothing to import.
const { z } = await import('zod');
const { describeOptions } = await import('@metalcast/config');
const { events, topics, wireName } = await import('@metalcast/contracts');
const {
  countsAgainstNode,
  deploymentStates,
  faults,
  imageStates,
  instanceActions,
  nodeStates,
  operations,
  operationStates,
  powerCommandStates,
  serviceNames,
  messagesOfService,
  statusOf,
  taskStatesIn,
  vmStates,
} = await import('@metalcast/domain');
const { grants } = await import('@metalcast/db/grants');
const { keyFiles, keyVariable } = await import('@metalcast/keys');

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map(cell).join(' | ')} |`)
    .join('\n');
const code = (text) => `\`${text}\``;

/** A schema in one line: `{node: uuid, epoch?: integer}`. */
function inOneLine(schema) {
  if (schema.anyOf ?? schema.oneOf)
    return (schema.anyOf ?? schema.oneOf).map(inOneLine).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.type === 'array') return `[${inOneLine(schema.items ?? {})}]`;
  if (schema.type === 'object' && schema.properties) {
    const required = new Set(schema.required ?? []);
    const fields = Object.entries(schema.properties).map(
      ([name, field]) => `${name}${required.has(name) ? '' : '?'}: ${inOneLine(field)}`,
    );
    return `{${fields.join(', ')}}`;
  }
  return schema.format ?? schema.type ?? 'any';
}

const shape = (schema) =>
  code(inOneLine(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));

async function config() {
  const parts = [];
  for (const service of services) {
    const { options } = await import(here(`../services/${service}/build/config.js`).href);
    const rows = describeOptions(options).map((option) => [
      code(option.name),
      code(option.env),
      option.defaultValue === undefined ? 'must be given' : code(machineFree(option.defaultValue)),
      option.description,
    ]);
    parts.push(`## ${service}`, table(['option', 'environment', 'default', 'meaning'], rows));
  }
  const intro =
    'Each option may be in a YAML file (`--config FILE`, `name: value`) or in the environment, which takes precedence. ' +
    'A name with `_FILE` (environment) or `_file` (file) appended gives a file to read the value from: use that for secrets.';
  return ['# Configuration', intro, ...parts];
}

/** Replaces a default that differs between machines. */
const machineFree = (value) => (value === JSON.stringify(hostname()) ? 'the host name' : value);

function rpc() {
  const parts = Object.values(topics).flatMap(({ topic, version, methods }) => [
    `## Topic ${code(topic)}, version ${version}`,
    table(
      ['method', 'kind', 'since', 'arguments', 'result'],
      Object.entries(methods).map(([name, method]) => [
        code(wireName(name)),
        method.style,
        method.since,
        shape(method.args),
        method.style === 'call' ? shape(method.result) : '',
      ]),
    ),
  ]);
  const intro =
    'oslo.messaging 2.0 on exchange `nova`. Every topic also answers `ping` and `get_backdoor_port` in namespace `baseapi`, version 1.1.';
  return ['# RPC', intro, ...parts];
}

function eventPage() {
  const publishersOf = (type) =>
    serviceNames.filter((service) => messagesOfService(service).publishes.includes(type));
  const rows = Object.values(events).map(({ type, description, data }) => [
    code(type),
    publishersOf(type).join(', '),
    description,
    shape(data),
  ]);
  const intro =
    'CloudEvents 1.0 (structured JSON) on the durable topic exchange `metalcast.events`; the routing key is the type. ' +
    '`subject` is the uuid of the node or server, `sequence` numbers the events of one subject without gaps, in the order of their commits. ' +
    'Those of one service arrive in this order; those of two may overtake each other. ' +
    'No service publishes the type of another ([why](../decisions/0021-events-of-their-service.md)).';
  return ['# Events', intro, table(['type', 'published by', 'meaning', 'data'], rows)];
}

function faultPage() {
  const rows = Object.entries(faults).map(([name, { http, retryable, message, told, remedy }]) => [
    code(name),
    http,
    retryable,
    countsAgainstNode(name) ? 'yes' : 'no',
    message,
    told ?? '',
    remedy,
  ]);
  return [
    '# Faults',
    'The owner of a server reads the code and the sentence of the column *to its owner*, or a general one where there is none.',
    table(
      ['code', 'HTTP', 'retry', 'counts against the node', 'says', 'to its owner', 'what to do'],
      rows,
    ),
  ];
}

/** The diagram and the edges of a state machine. */
function lifecycle({ states, table: rows }) {
  const name = (state) => state.replaceAll(' ', '_');
  const edges = states.flatMap((from) =>
    Object.entries(rows[from].on).map(([event, edge]) => ({ from, event, ...edge })),
  );
  const arrows = edges.map(({ from, to, event }) => `  ${name(from)} --> ${name(to)}: ${event}`);
  return [
    ['```mermaid', 'stateDiagram-v2', ...arrows, '```'].join('\n'),
    table(
      ['from', 'event', 'to', 'by', 'because'],
      edges.map(({ from, event, to, by, why }) => [code(from), event, code(to), by, why]),
    ),
  ];
}

function states() {
  const stable = nodeStates.states.filter((state) => nodeStates.isStable(state)).map(code);
  const list = (values) =>
    values === 'any' ? 'any' : values.map((value) => code(value ?? 'none')).join(', ');
  const meanwhile = Object.entries(taskStatesIn).flatMap(([vmState, taskStates]) =>
    taskStates.map((taskState) => [
      code(vmState),
      code(taskState ?? 'none'),
      statusOf(vmState, taskState),
    ]),
  );
  const actions = Object.entries(instanceActions).map(([action, rule]) => [
    action,
    list(rule.vmStates),
    list(rule.taskStates),
  ]);
  const kinds = Object.entries(operations).map(([kind, rule]) => [
    kind,
    rule.on,
    rule.starts,
    rule.cancel === 'handover' ? 'a deletion takes over' : 'a deletion waits',
    rule.action ?? '',
  ]);
  return [
    '# States',
    '## Nodes',
    `\`nodes.task_state\`. At rest in ${stable.join(', ')}; in every other state an operation with a deadline holds the node.`,
    ...lifecycle(nodeStates),
    '## Servers',
    '`instances.vm_state`.',
    ...lifecycle(vmStates),
    'The task states in each vm state, and the status that the API shows:',
    table(['vm state', 'task state', 'status'], meanwhile),
    'The states in which the API accepts an action on a server:',
    table(['action', 'vm states', 'task states'], actions),
    '## Operations',
    '`operations.state`.',
    ...lifecycle(operationStates),
    table(
      ['kind', 'works for', 'first step', 'when its server is deleted', 'instance action'],
      kinds,
    ),
    '## Power commands',
    '`power_commands.state`.',
    ...lifecycle(powerCommandStates),
    '## Deployments',
    '`deployments.state`.',
    ...lifecycle(deploymentStates),
    '## Images',
    '`images.status`.',
    ...lifecycle(imageStates),
  ];
}

function keyPage() {
  const rows = Object.entries(keyFiles).map(([name, { file, services, use }]) => [
    code(file),
    services.join(', '),
    code(keyVariable(name)),
    use,
  ]);
  return ['# Files with keys', table(['file', 'services', 'environment', 'what it does'], rows)];
}

function grantPage() {
  const list = (names) => names.map(code).join(', ');
  const columns = (right) => {
    if (right === undefined) return '';
    if (right === 'all') return 'all';
    return 'allBut' in right ? `all but ${list(right.allBut)}` : list(right);
  };
  const updates = ({ update, lock }) =>
    lock === undefined ? columns(update) : `rows are locked (by ${code(lock)})`;
  const parts = Object.entries(grants).flatMap(([name, rights]) => [
    `## ${code(name)}`,
    table(
      ['service', 'reads', 'inserts', 'updates', 'deletes'],
      serviceNames
        .filter((service) => rights[service] !== undefined)
        .map((service) => [
          service,
          columns(rights[service].read),
          columns(rights[service].insert),
          updates(rights[service]),
          rights[service].delete ? 'yes' : '',
        ]),
    ),
  ]);
  const intro =
    'The privileges of the services in PostgreSQL, by table and column. The database refuses everything else. ' +
    'To lock rows, PostgreSQL requires the privilege to update a column of them; "rows are locked" names the least important column, granted for that. ' +
    'The logins: [database users](../database-users.md).';
  const told = serviceNames.map((service) => {
    const speaks = messagesOfService(service);
    const { serves, casts, calls = [], publishes, notifies, follows = [], subscription } = speaks;
    const sent = notifies ? [...casts.map(code), 'notifications'] : casts.map(code);
    const read = subscription === undefined ? list(follows) : 'all';
    return [
      service,
      serves ? code(serves) : '',
      sent.join(', '),
      list(calls),
      list(publishes),
      read,
    ];
  });
  return [
    '# Who reads and writes what',
    intro,
    ...parts,
    '## Messages',
    'Neither the database (`outbox`, `events`) nor [the broker](../broker-users.md) accepts any other cast, notification or event from a service.',
    table(['service', 'serves', 'casts to', 'calls', 'publishes', 'reads events'], told),
  ];
}

/** `since 2.26, until 2.43`: the microversions in which Nova has the routes. */
function span({ since, until }) {
  const bounds = [
    ...(since === undefined ? [] : [`since 2.${since}`]),
    ...(until === undefined ? [] : [`until 2.${until}`]),
  ];
  return bounds.join(', ');
}

async function notOfferedPage() {
  const { notOffered } = await import(
    here('../services/api/build/not-offered/refused-routes.js').href
  );
  const { refusedActions } = await import(
    here('../services/api/build/not-offered/server-actions.js').href
  );
  const parts = notOffered.flatMap(([api, prefix, families]) => [
    `## ${api}, under ${code(prefix)}`,
    table(
      ['routes', 'microversions', 'answer'],
      families.map(({ routes, reason, microversions = {} }) => [
        routes.map(([path, methods]) => code(`${methods} ${path}`)).join(', '),
        span(microversions),
        reason,
      ]),
    ),
  ]);
  const actions = refusedActions.map(({ name, code: fault, reason }) => [
    code(name),
    faults[fault].http,
    reason,
  ]);
  const intro =
    'What OpenStack has and Metalcast does not. The routes are answered 501 with these sentences. ' +
    'Where a row names microversions, Nova has its routes only in those; in others the answer is 404.';
  return [
    '# Not offered',
    intro,
    ...parts,
    '## Actions on a server',
    table(['action', 'HTTP', 'answer'], actions),
  ];
}

const pages = {
  config,
  rpc,
  events: eventPage,
  faults: faultPage,
  states,
  keys: keyPage,
  grants: grantPage,
  'not-offered': notOfferedPage,
};
const { apiNames } = await import(here('../services/api/build/openapi/api-names.js').href);
const { documentOf } = await import(here('../services/api/build/openapi/document.js').href);

/** Each file's text, by its name under docs/generated. */
const texts = new Map();
for (const [name, make] of Object.entries(pages)) {
  const parts = ['<!-- Generated by docs/generate.mjs. Do not edit. -->', ...(await make())];
  texts.set(`${name}.md`, `${parts.join('\n\n')}\n`);
}
for (const api of apiNames) {
  // Whoever installs it knows where it is served.
  texts.set(`openapi/${api}.json`, `${JSON.stringify(documentOf(api, '/'), undefined, 1)}\n`);
}

const check = process.argv.includes('--check');
const changed = [];
for (const [name, text] of texts) {
  const file = here(`generated/${name}`);
  if (read(file) === text) continue;
  changed.push(`docs/generated/${name}`);
  if (!check) writeFileSync(file, text);
}
if (!check) {
  const wrote = changed.length > 0 ? `Wrote ${changed.join(', ')}` : 'docs/generated is up to date';
  process.stdout.write(`${wrote}\n`);
} else if (changed.length > 0) {
  process.stderr.write(`Stale, run \`npm run docs\`: ${changed.join(', ')}\n`);
  process.exitCode = 1;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
