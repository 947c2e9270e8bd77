import { Controller, Get, Inject } from '@nestjs/common';
import { Policy } from '../http/access/policy.decorator.js';
import { Links } from '../http/answers/links.js';
import { RequestUrl } from '../http/routing/request-url.js';
import { apiNames, isApiName, type ApiName } from './api-names.js';

/** The document of an API that is served at `url`. */
export type DocumentOf = (api: ApiName, url: string) => Promise<object>;

/** Token of a `DocumentOf`: the document describes this controller too, which therefore must not import it. */
export const OPENAPI_DOCUMENT = Symbol('openapi document');

/** Says how each API is used, for programs. No API has these paths. */
@Controller()
@Policy('metalcast:openapi')
export class OpenApiController {
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

  /** Made for the one who asks: few do, and a document that is kept would take memory for all. */
  @Get(apiNames.map((name) => `${name}/openapi.json`))
  async document(@RequestUrl() url: string): Promise<object> {
    const [, first = ''] = url.split('/');
    if (!isApiName(first)) {
      throw new Error(`${url} is the path of no document`);
    }
    return this.documentOf(first, this.links.at());
  }
}
