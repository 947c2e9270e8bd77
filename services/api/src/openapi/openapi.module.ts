import { Module } from '@nestjs/common';
import { OPENAPI_DOCUMENT, OpenApiController, type DocumentOf } from './openapi.controller.js';

/** Loads what makes the documents when the first of them is asked for. */
const documentOf: DocumentOf = async (api, url) => {
  const document = await import('./document.js');
  return document.documentOf(api, url);
};

/** The documents that describe all APIs. */
@Module({
  controllers: [OpenApiController],
  providers: [{ provide: OPENAPI_DOCUMENT, useValue: documentOf }],
})
export class OpenApiModule {}
