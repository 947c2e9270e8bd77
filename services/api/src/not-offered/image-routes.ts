import type { NotOffered } from './not-offered.js';

const whole = 'GET PUT DELETE';

/** Glance's routes under /image/v2. */
export const imageRoutes: readonly NotOffered[] = [
  {
    routes: [
      ['tasks', 'GET POST'],
      ['tasks/:id', 'GET'],
      ['info/import', 'GET'],
      ['info/stores', 'GET'],
      ['info/stores/detail', 'GET'],
      ['info/usage', 'GET'],
      ['stores/:store/:id', 'DELETE'],
    ],
    reason:
      'Images are uploaded, by PUT /v2/images/{id}/file, into the one store: they are not imported, and there are no tasks.',
  },
  {
    routes: [
      ['metadefs/namespaces', 'GET POST'],
      ['metadefs/namespaces/:namespace', whole],
      ['metadefs/namespaces/:namespace/objects', 'GET POST DELETE'],
      ['metadefs/namespaces/:namespace/objects/:object', whole],
      ['metadefs/namespaces/:namespace/properties', 'GET POST DELETE'],
      ['metadefs/namespaces/:namespace/properties/:property', whole],
      ['metadefs/namespaces/:namespace/tags', 'GET POST PUT DELETE'],
      ['metadefs/namespaces/:namespace/tags/:tag', 'GET POST PUT DELETE'],
      ['metadefs/namespaces/:namespace/resource_types', 'GET POST'],
      ['metadefs/namespaces/:namespace/resource_types/:type', 'DELETE'],
      ['metadefs/resource_types', 'GET'],
      ['schemas/metadefs/:name', 'GET'],
    ],
    reason: 'There is no catalog of metadata definitions: an image takes any property.',
  },
  {
    routes: [
      ['cache', 'GET DELETE'],
      ['cache/:id', 'PUT DELETE'],
      ['cached_images', 'GET DELETE'],
      ['cached_images/:id', 'DELETE'],
      ['queued_images', 'GET DELETE'],
      ['queued_images/:id', 'PUT DELETE'],
    ],
    reason: 'The image API has no cache; each deploy helper has one of its own.',
  },
];
