import { option, type ConfigOf } from '@metalcast/config';
import { z } from 'zod';
import type { ImageAccess } from './images.js';

/** Options of a service that fetches images. */
export const imageOptions = {
  identityUrl: option(
    z
      .string()
      .default('http://127.0.0.1:8774/identity')
      .describe('Identity API, for the token of the service account'),
  ),
  imageUrl: option(
    z.string().default('http://127.0.0.1:8774/image').describe('Image API, to fetch images from'),
  ),
  serviceUser: option(
    z.string().default('metalcast').describe('Service account for the image API'),
  ),
  servicePassword: option(z.string().describe('Password of the service account'), { secret: true }),
  serviceProject: option(z.string().default('service').describe('Project of the service account')),
};

/** The access that these options describe. */
export const imageAccessOf = (config: ConfigOf<typeof imageOptions>): ImageAccess => ({
  authUrl: config.identityUrl,
  imageUrl: config.imageUrl,
  user: config.serviceUser,
  password: config.servicePassword,
  project: config.serviceProject,
});
