import { Controller, Get, Param } from '@nestjs/common';
import { diskFormats } from '@metalcast/disk-image';
import { Fault, imageStates } from '@metalcast/domain';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';

const text = { type: ['null', 'string'] };

const image = {
  name: 'image',
  properties: {
    id: { type: 'string', pattern: z.regexes.uuid().source },
    name: { ...text, maxLength: 255 },
    status: { type: 'string', readOnly: true, enum: imageStates.states },
    visibility: { type: 'string', enum: ['community', 'public', 'private', 'shared'] },
    protected: { type: 'boolean' },
    disk_format: { ...text, enum: [null, ...diskFormats] },
    container_format: { ...text, enum: [null, 'bare', 'aki', 'ari'] },
    size: { type: ['null', 'integer'], readOnly: true },
    virtual_size: { type: ['null', 'integer'], readOnly: true },
    checksum: { ...text, readOnly: true },
    os_hash_algo: { ...text, readOnly: true },
    os_hash_value: { ...text, readOnly: true },
    owner: text,
    min_disk: { type: 'integer' },
    min_ram: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string', maxLength: 255 } },
    created_at: { type: 'string', readOnly: true },
    updated_at: { type: 'string', readOnly: true },
    self: { type: 'string', readOnly: true },
    file: { type: 'string', readOnly: true },
    schema: { type: 'string', readOnly: true },
  },
  additionalProperties: { type: 'string' },
  links: [
    { rel: 'self', href: '{self}' },
    { rel: 'enclosure', href: '{file}' },
    { rel: 'describedby', href: '{schema}' },
  ],
};

const images = {
  name: 'images',
  properties: {
    images: { type: 'array', items: image },
    first: { type: 'string' },
    next: { type: 'string' },
    schema: { type: 'string' },
  },
  links: [
    { rel: 'first', href: '{first}' },
    { rel: 'next', href: '{next}' },
    { rel: 'describedby', href: '{schema}' },
  ],
};

const schemas: ReadonlyMap<string, object> = new Map<string, object>([
  ['image', image],
  ['images', images],
]);

/** Public, because python-glanceclient reads the schema before anything else. */
@Controller('image/v2/schemas')
@Policy('metalcast:image_schemas')
export class SchemasController {
  @Get(':name')
  show(@Param('name') name: string): object {
    const schema = schemas.get(name);
    if (schema === undefined) {
      throw new Fault('NOT_FOUND', { what: 'Schema', id: name });
    }
    return schema;
  }
}
