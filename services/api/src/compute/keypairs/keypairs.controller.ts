import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { isUniqueViolation, type KeyPair } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CurrentCaller, type Caller } from '../../http/caller.js';
import { RequestVersion, type Microversion } from '../../http/microversion.js';
import { zod } from '../../http/zod-pipe.js';
import { NamedUser, ofUser, userOf } from './named-user.js';
import { fingerprintOf, generateKeyPair } from './ssh-key.js';

const createKeyPair = z.object({
  keypair: z.object({
    name: z
      .string()
      .trim()
      .regex(/^[\w.@ -]{1,255}$/, 'must be letters, digits, and . @ - _ or space'),
    public_key: z.string().min(1).max(16_384).nullish(),
    type: z.literal('ssh').default('ssh'),
    ...ofUser.shape,
  }),
});

/** Key pairs belong to users; only the public key is stored. */
@Controller('compute/v2.1/os-keypairs')
export class KeyPairsController {
  constructor(@Inject(ModelDatabase) private readonly database: ModelDatabase) {}

  @Get()
  async list(
    @NamedUser() userId: string,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const keyPairs = await this.database.prisma.keyPair.findMany({
      where: { userId },
      orderBy: { name: 'asc' },
    });
    return { keypairs: keyPairs.map((keyPair) => ({ keypair: summary(keyPair, version) })) };
  }

  @Get(':name')
  async show(
    @Param('name') name: string,
    @NamedUser() userId: string,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const found = await this.database.prisma.keyPair.findUnique({
      where: { userId_name: { userId, name } },
    });
    if (found === null) {
      throw missing(name);
    }
    const { id, createdAt } = found;
    const times = {
      created_at: createdAt.toISOString().slice(0, -1),
      deleted: false,
      deleted_at: null,
      updated_at: null,
    };
    return { keypair: { ...summary(found, version), id, user_id: userId, ...times } };
  }

  @Post()
  async create(
    @Body(zod(createKeyPair)) { keypair }: z.output<typeof createKeyPair>,
    @CurrentCaller() caller: Caller,
    @RequestVersion() version: Microversion,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const userId = userOf(keypair, caller, version);
    const { name } = keypair;
    const generated = typeof keypair.public_key === 'string' ? undefined : generateKeyPair(name);
    const publicKey = keypair.public_key ?? generated?.publicKey ?? '';
    const fingerprint = fingerprintOf(publicKey);
    const created = await this.database.prisma.keyPair
      .create({ data: { userId, name, publicKey, fingerprint } })
      .catch((error: unknown) => {
        if (isUniqueViolation(error)) {
          throw new Fault(
            'CONFLICT',
            { reason: `Key pair '${name}' already exists.` },
            { cause: error },
          );
        }
        throw error;
      });
    reply.code(version.since(2) ? 201 : 200);
    return {
      keypair: {
        ...summary(created, version),
        user_id: userId,
        ...(generated === undefined ? {} : { private_key: generated.privateKey }),
      },
    };
  }

  @Delete(':name')
  @HttpCode(202)
  async remove(
    @Param('name') name: string,
    @NamedUser() userId: string,
    @RequestVersion() version: Microversion,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { count } = await this.database.prisma.keyPair.deleteMany({ where: { userId, name } });
    if (count === 0) {
      throw missing(name);
    }
    reply.code(version.since(2) ? 204 : 202);
  }
}

const summary = (
  { name, publicKey, fingerprint, type }: KeyPair,
  version: Microversion,
): object => ({
  name,
  public_key: publicKey,
  fingerprint,
  ...(version.since(2) ? { type } : {}),
});

const missing = (name: string): Fault => new Fault('NOT_FOUND', { what: 'Keypair', id: name });
