import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { isUniqueViolation, Prisma, type KeyPair } from '@metalcast/db';
import { readPage, type ListedTable } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { Fault } from '@metalcast/domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { CurrentCaller, type Caller } from '../../http/access/caller.js';
import { RequestVersion, type Microversion } from '../../http/routing/microversion.js';
import { unsortedNovaPageQuery } from '../../http/requests/page-query.js';
import { Paging } from '../../http/answers/paging.js';
import { RequestUrl } from '../../http/routing/request-url.js';
import { zod } from '../../http/requests/zod-pipe.js';
import { NamedUser, ofUser, userOf } from './named-user.js';
import { fingerprintOf, generateKeyPair } from './ssh-key.js';

const createKeyPair = z.strictObject({
  keypair: z.strictObject({
    name: z
      .string()
      .trim()
      .regex(/^[\w.@ -]{1,255}$/, 'must be letters, digits, and . @ - _ or space'),
    public_key: z.string().min(1).max(16_384).nullish(),
    type: z
      .literal('ssh', 'must be ssh: a certificate (x509) is of use to Windows alone')
      .default('ssh'),
    ...ofUser,
  }),
});

const listKeyPairs = z.strictObject({ ...unsortedNovaPageQuery, ...ofUser });

type ListedKeyPair = Pick<KeyPair, 'name' | 'type' | 'publicKey' | 'fingerprint'>;

/** Names of key pairs are unique for each user. */
const listed: ListedTable = {
  table: 'key_pairs',
  columns: Prisma.raw('name, type, public_key AS "publicKey", fingerprint'),
  key: 'name',
  keyType: 'text',
};

/** Key pairs belong to users; only the public key is stored. */
@Controller('compute/v2.1/os-keypairs')
export class KeyPairsController {
  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(Paging) private readonly paging: Paging,
  ) {}

  /** Sorted by name. */
  @Get()
  @Policy('os_compute_api:os-keypairs:index')
  async list(
    @NamedUser(listKeyPairs) userId: string,
    @Query(zod(listKeyPairs)) query: z.output<typeof listKeyPairs>,
    @RequestUrl() url: string,
    @RequestVersion() version: Microversion,
  ): Promise<object> {
    const visible = Prisma.sql`user_id = ${userId}`;
    const { marker } = query;
    return this.paging.answer<ListedKeyPair>({
      name: 'keypairs',
      ...{ query, url },
      read: (take) => readPage(this.database, listed, { visible, marker, take }),
      view: (keyPair) => ({ keypair: summary(keyPair, version) }),
      keyOf: ({ name }) => name,
    });
  }

  @Get(':name')
  @Policy('os_compute_api:os-keypairs:show')
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
  @Policy('os_compute_api:os-keypairs:create')
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
  @Policy('os_compute_api:os-keypairs:delete')
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
  { name, publicKey, fingerprint, type }: ListedKeyPair,
  version: Microversion,
): object => ({
  name,
  public_key: publicKey,
  fingerprint,
  ...(version.since(2) ? { type } : {}),
});

const missing = (name: string): Fault => new Fault('NOT_FOUND', { what: 'Keypair', id: name });
