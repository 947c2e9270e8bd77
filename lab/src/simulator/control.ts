import { fakeBehaviour } from '@metalcast/rig';
import { fastify, type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { nodeFaults } from './node-faults.js';
import type { Machine, Simulator } from './simulator.js';

const power = z.strictObject({ power: z.enum(['on', 'off']) });

/** The state of a simulated machine. */
export interface NodeView {
  readonly name: string;
  readonly mac: string;
  readonly power: string;
  readonly stage: string;
  readonly address: string | null;
  readonly boots: number;
}

/** The simulator's HTTP interface (docs/simulator.md), not listening yet. */
export function controlServer(simulator: Simulator): FastifyInstance {
  const server = fastify({ forceCloseConnections: true });
  server.setErrorHandler((error, _request, reply) =>
    error instanceof z.ZodError
      ? reply.code(400).send({ error: z.prettifyError(error) })
      : reply.send(error),
  );
  const found = (params: unknown): Machine => {
    const { name } = z.object({ name: z.string() }).parse(params);
    const machine = simulator.machines.get(name);
    if (machine === undefined) {
      throw Object.assign(new Error(`no node ${name}`), { statusCode: 404 });
    }
    return machine;
  };
  const bmcOf = ({ label }: Machine) => {
    const bmc = simulator.bmcs.get(label.name);
    if (bmc === undefined) {
      throw new Error(`${label.name} has no BMC`);
    }
    return bmc;
  };
  const view = (machine: Machine): NodeView => {
    const { label, node } = machine;
    const { stage, boots, address = null } = node;
    return { name: label.name, mac: label.mac, power: bmcOf(machine).power, stage, address, boots };
  };
  server.get('/readyz', () => ({ ready: true }));
  server.get('/nodes', () => ({ nodes: [...simulator.machines.values()].map(view) }));
  server.get('/nodes/:name', ({ params }) => ({ node: view(found(params)) }));
  server.put('/nodes/:name/faults', async ({ params, body }, reply) => {
    found(params).node.behave(nodeFaults.parse(body));
    return reply.code(204).send();
  });
  server.put('/nodes/:name/bmc', async ({ params, body }, reply) => {
    bmcOf(found(params)).behave(fakeBehaviour.parse(body));
    return reply.code(204).send();
  });
  server.put('/nodes/:name/power', async ({ params, body }, reply) => {
    bmcOf(found(params)).power = power.parse(body).power;
    return reply.code(204).send();
  });
  return server;
}
