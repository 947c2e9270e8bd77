import { z } from 'zod';
import { VersionsController } from '../../versions/versions.controller.js';
import * as compute from '../answers/compute.js';
import * as identity from '../answers/identity.js';
import * as image from '../answers/image.js';
import * as metalcast from '../answers/metalcast.js';
import * as network from '../answers/network.js';
import { describe } from '../notes.js';
import { OpenApiController } from '../openapi.controller.js';

export const versionOperations = [
  describe(VersionsController, {
    root: { summary: 'Lists the APIs.', answer: metalcast.apis },
    identity: {
      summary: 'Lists the versions of the identity API.',
      answer: z.strictObject({
        versions: z.strictObject({ values: z.array(identity.version) }),
      }),
    },
    identityV3: {
      summary: 'Shows version 3 of the identity API.',
      answer: z.strictObject({ version: identity.version }),
    },
    image: { summary: 'Lists the versions of the image API.', answer: image.versions },
    imageVersions: { summary: 'Lists the versions of the image API.', answer: image.versions },
    network: { summary: 'Lists the versions of the network API.', answer: network.versions },
    networkV2: {
      summary: 'Lists the resources of version 2.0 of the network API.',
      answer: network.resources,
    },
    compute: {
      summary: 'Lists the versions of the compute API.',
      answer: z.strictObject({ versions: z.array(compute.version) }),
    },
    computeV21: {
      summary: 'Shows version 2.1 of the compute API.',
      answer: z.strictObject({ version: compute.version }),
    },
    metalcast: { summary: 'Lists the versions of the Metalcast API.', answer: metalcast.versions },
  }),
  describe(OpenApiController, {
    list: {
      summary: 'Lists the documents that describe the APIs.',
      answer: metalcast.openApiDocuments,
    },
    document: {
      summary: 'Describes an API: an OpenAPI 3.1 document.',
      answer: metalcast.openApiDocument,
    },
  }),
];
