import { hostname } from 'node:os';
import { flag, integer, option } from '@metalcast/config';
import { defaultMaxMessageBytes } from '@metalcast/rpc';
import { z } from 'zod';

/** Options of every service. */
export const serviceOptions = {
  databaseUrl: option(
    z.string().describe('PostgreSQL: postgresql://user:password@host:port/database'),
    {
      env: 'DATABASE_URL',
      secret: true,
    },
  ),
  amqpUrl: option(z.string().describe('RabbitMQ: amqp://user:password@host:port/vhost'), {
    env: 'AMQP_URL',
    secret: true,
  }),
  host: option(
    z
      .string()
      .regex(/^[\w.-]+$/, 'letters, digits, dot, dash and underscore only')
      .default(hostname())
      .describe("This host's name in messages and service lists"),
  ),
  controlExchange: option(
    z.string().default('nova').describe("RPC exchange (oslo.messaging's control_exchange)"),
  ),
  exchangeDurable: option(
    flag()
      .default(false)
      .describe(
        'Whether the RPC exchange is durable; peers must agree (oslo: amqp_durable_queues)',
      ),
  ),
  workQueues: option(
    z
      .enum(['quorum', 'durable', 'transient'])
      .default('quorum')
      .describe('Kind of the RPC work queues; peers must agree (oslo: rabbit_quorum_queue)'),
  ),
  maxMessageBytes: option(
    integer()
      .default(defaultMaxMessageBytes)
      .describe(
        "Largest message that is read or sent, in bytes; at most the broker's max_message_size. It limits the memory of a service: prefetch times this, for each queue",
      ),
  ),
  prefetch: option(
    integer().default(5).describe('Messages handled at the same time; at most database_pool'),
  ),
  databasePool: option(integer().default(5).describe('Database connections of this process')),
  logLevel: option(
    z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('Least severe level that is logged'),
  ),
  healthAddress: option(
    z.string().default('127.0.0.1').describe('Address of /healthz and /readyz'),
  ),
  healthPort: option(
    integer().default(0).describe('Port of /healthz and /readyz; 0 picks a free one'),
  ),
  heartbeatMs: option(
    integer()
      .refine(
        (value) => value > 0 && value <= 20_000,
        'must be from 1 to 20000: a service counts as dead after 60 s without a heartbeat, and a gap of more than 30 s between two heartbeats as a time in which none could be written; 10 s are left for a late one',
      )
      .default(10_000)
      .describe("How often the service's heartbeat is written, ms; at most 20000"),
  ),
  shutdownMs: option(
    integer()
      .default(20_000)
      .describe(
        'Time limit for an orderly stop, ms; messages under way get a quarter of it, unsent ones another',
      ),
  ),
};

export type ServiceOptions = typeof serviceOptions;
