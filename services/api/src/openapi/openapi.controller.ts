import { Controller, Get, Inject, Req, StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Policy } from '../http/access/policy.decorator.js';
import { Links } from '../http/answers/links.js';
import { apiNames, isApiName, type ApiName } from './api-names.js';

/** The document of an API that is served at `url`. */
export type DocumentOf = (api: ApiName, url: string) => Promise<object>;

/** Token of a `DocumentOf`: the document describes this controller too, which therefore must not import it. */
export const OPENAPI_DOCUMENT = Symbol('openapi document');

/** Says how each API is used, for programs. No API has these paths. */
@Controller()
@Policy('metalcast:openapi')
export class OpenApiController {
  /** As text, some hundred KiB: a document takes 20 ms to make, and may be asked for without a token. */
  private readonly documents = new Map<ApiName, Promise<Uint8Array>>();

  constructor(
    @Inject(Links) private readonly links: Links,
    @Inject(OPENAPI_DOCUMENT) private readonly documentOf: DocumentOf,
  ) {}

  @Get('openapi.json')
  list(): object {
    return {
      documents: apiNames.map((name) => ({ name, href: this.links.at(name, 'openapi.json') })),
    };
  }

  /** Made when it is first asked for. */
  @Get(apiNames.map((name) => `${name}/openapi.json`))
  async document(@Req() { routeOptions }: FastifyRequest): Promise<StreamableFile> {
    // Of the route, not of the request, which may spell the path in other ways.
    const [, name = ''] = routeOptions.url?.split('/') ?? [];
    if (!isApiName(name)) {
      throw new Error(`${name} has no document`);
    }
    const made = this.documents.get(name) ?? this.make(name);
    return new StreamableFile(await made, { type: 'application/json; charset=utf-8' });
  }

  private make(name: ApiName): Promise<Uint8Array> {
    const made = this.documentOf(name, this.links.at()).then((document) =>
      Buffer.from(JSON.stringify(document)),
    );
    this.documents.set(name, made);
    made.catch(() => this.documents.delete(name));
    return made;
  }
}
