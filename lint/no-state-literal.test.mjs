import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { afterAll, describe, it } from 'vitest';
import { noStateLiteral } from './no-state-literal.mjs';

Object.assign(RuleTester, { afterAll, describe, it, itOnly: it.only });

const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });
const code = [{ messageId: 'code' }];
const sql = [{ messageId: 'sql' }];
const each = (codes, errors) => codes.map((text) => ({ code: text, errors }));

tester.run('no-state-literal', noStateLiteral, {
  valid: [
    // By their names.
    'if (row.state === operationState.running) {}',
    'update({ data: { vmState: vmState.active, taskState: null } });',
    'sql`UPDATE o SET state = ${word(operationState.running)} WHERE state IN ${among(statesUnderWay)}`;',
    // Other words, and other things of the same names.
    "if (link.state === 'open') {}",
    "if (answer.status === 'failed' || answer.status === 'error') {}",
    "socket.on('error', () => undefined); log({ level: 'error' }); const outcome = { kind: 'waiting' };",
    "const levels = ['debug', 'info', 'warn', 'error'];",
    "const one = ['error'];",
    "if (phase === 'writing' || names.includes('deleted')) {}",
    "sql`SELECT 1 FROM o WHERE kind = 'build' AND awaiting = 'deleting' AND note = 'queued' AND event IN ('left', 'failed')`;",
    "sql`SELECT jsonb_build_object('error', 1, 'active', 2)`;",
    "html`<b title='queued'></b>`;",
    // What a test expects.
    "expect(row).toMatchObject({ state: 'failed', nodes: [{ taskState: 'deleted' }] });",
    "expect(row.state).not.toBe(row.vmState === 'active' ? 'failed' : 'succeeded');",
    "await expect(read()).resolves.toEqual({ status: 'queued' });",
  ],
  invalid: [
    ...each(
      [
        "if (row.state === 'running') {}",
        "if ('deploy failed' !== node?.taskState) {}",
        "if (row['task_state'] == 'deleting') {}",
        "if (image.status !== 'active') {}",
        "if ((await find())!.vmState === 'error') {}",
        "row.provisionState = 'available';",
        "const state = done ? 'succeeded' : null;",
        'let taskState = given ?? `spawning`;',
        "function make({ taskState = 'active' }) {}",
        "class Row { state = 'queued' }",
        "class Row { state: 'queued' | 'open' = given }",
        "interface Row { readonly state: 'running' | 'open' }",
        "function f(state: 'targeting') {}",
        "find({ where: { vm_state: 'building' } });",
        "find({ where: { state: { not: 'left' } } });",
        "find({ where: { state: 'verified' as const } });",
        "switch (power?.state) { case 'succeeded': break; default: }",
        "if (['left', other].includes(row.state)) {}",
        "if (new Set(['left']).has(row.state)) {}",
        "if (turn.nodeIsIn('error')) {}",
      ],
      code,
    ),
    ...each(
      [
        "find({ where: { state: { in: ['queued', 'running'] } } });",
        "const untaken = ['hello', 'queued'];",
        "const stable = new Set([null, 'active', 'deleted']);",
        "interface Row { state: 'running' | 'queued' }",
      ],
      [...code, ...code],
    ),
    ...each(
      [
        "sql`UPDATE deployments SET state = 'queued'`;",
        "Prisma.sql`SELECT 1 FROM o WHERE o.state IN ('open', 'waiting')`;",
        "await db.prisma.$queryRaw<Row[]>`SELECT 1 FROM i WHERE vm_state <> 'active'`;",
        "prisma.$executeRaw`UPDATE i SET task_state = 'deleting' WHERE id = ${id}`;",
        "sql`SELECT 1 WHERE n.task_state IS DISTINCT FROM 'deleted'`;",
        'sql`SELECT 1 WHERE ${column} AND "state" NOT IN (${one}, \'error\')`;',
        "sql`INSERT INTO instances SELECT uuid, 'building', 'scheduling'`;",
        "sql`SET state = CASE WHEN ok THEN 'succeeded' END`;",
        "sql`UPDATE c SET state = ${ok ? 'succeeded' : null}::text`;",
        "sql`UPDATE images SET status = 'active'`;",
        'Prisma.raw("state = \'targeting\'");',
        "client.query(`UPDATE o SET state = 'running' WHERE id = ${id}`);",
        "prisma.$executeRawUnsafe('UPDATE o SET state = \\'running\\'');",
      ],
      sql,
    ),
  ],
});
