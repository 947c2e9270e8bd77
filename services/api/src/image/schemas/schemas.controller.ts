import { Controller, Get, Param } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { Policy } from '../../http/access/policy.decorator.js';
import { readOnlyFields } from '../images/image.schema.js';
import { shownImage } from '../images/shown-image.js';
import { glanceSchema } from './glance-schema.js';

const image = {
  name: 'image',
  properties: glanceSchema(shownImage, readOnlyFields),
  additionalProperties: { type: 'string' },
  links: [
    { rel: 'self', href: '{self}' },
    { rel: 'enclosure', href: '{file}' },
    { rel: 'describedby', href: '{schema}' },
  ],
};

/** Of an image that is shared with a project. There are none, but clients read the schema before they ask. */
const member = {
  name: 'member',
  properties: glanceSchema(
    z.object({
      created_at: z.string(),
      image_id: z.uuid(),
      member_id: z.string(),
      schema: z.string(),
      status: z.enum(['pending', 'accepted', 'rejected']),
      updated_at: z.string(),
    }),
    ['created_at', 'updated_at'],
  ),
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

const members = {
  name: 'members',
  properties: { members: { type: 'array', items: member }, schema: { type: 'string' } },
  links: [{ rel: 'describedby', href: '{schema}' }],
};

const schemas: ReadonlyMap<string, object> = new Map<string, object>(
  [image, images, member, members].map((schema) => [schema.name, schema]),
);

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
