import { randomUUID } from 'node:crypto';
import { phoneHomeRoute } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { requestFault } from '@metalcast/service';
import type { Logger } from '@metalcast/log';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { statusOf } from './http-status.js';
import type { PhoneHome } from './phone-home.js';

const bodyLimit = 64 * 1024;
const form = 'application/x-www-form-urlencoded';

/** Adds the route for cloud-init's module `phone_home`. Its form (host keys, names) contains nothing that is needed. */
export async function addPhoneHome(
  server: FastifyInstance,
  phoneHome: Pick<PhoneHome, 'hear'>,
  logger: Logger,
): Promise<void> {
  await server.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      form,
      { parseAs: 'buffer', bodyLimit },
      (_request, _body, parsed) => {
        parsed(null, undefined);
      },
    );
    scope.setErrorHandler((error, request, reply) => {
      const fault = requestFault(error) ?? unexpected(error, logger);
      if (fault.code !== 'INTERNAL') {
        // Without the query, because that contains the token.
        const path = request.url.split('?', 1)[0];
        logger.warn({ path, peer: request.ip, code: fault.code }, fault.message);
      }
      return reply.status(statusOf(fault)).send({ code: fault.code, message: fault.message });
    });
    scope.post(phoneHomeRoute, { bodyLimit }, async (request) => {
      await phoneHome.hear(callOf(request));
      return {};
    });
    done();
  });
}

function callOf({ params, query, ip: peer }: FastifyRequest): {
  instance: string;
  token: string;
  peer: string;
} {
  const { instance } = params as { instance: string };
  const { token } = query as { token?: string | string[] };
  return { instance, token: typeof token === 'string' ? token : '', peer };
}

function unexpected(error: unknown, logger: Logger): Fault {
  const reference = randomUUID();
  logger.error({ err: error, reference }, 'a phone-home call failed unexpectedly');
  return new Fault('INTERNAL', { reference, service: 'boot' }, { cause: error });
}
