import { ImageDataController } from '../../image/data/image-data.controller.js';
import { ImageImportController } from '../../image/data/image-import.controller.js';
import { ImageActionsController } from '../../image/images/actions.controller.js';
import { ImagesController } from '../../image/images/images.controller.js';
import { ImageMembersController } from '../../image/images/members.controller.js';
import { ImageTagsController } from '../../image/images/tags.controller.js';
import { SchemasController } from '../../image/schemas/schemas.controller.js';
import * as answers from '../answers/image.js';
import { describe } from '../notes.js';

const bytes = 'application/octet-stream';

const refusing = { onlyRefuses: true, faults: ['NOT_IMPLEMENTED'] } as const;
const noMembers = { summary: 'Refuses: images have no members.', ...refusing };

export const imageOperations = [
  describe(ImagesController, {
    list: { summary: 'Lists the images that the caller may use.', answer: answers.images },
    show: { summary: 'Shows an image.', answer: answers.image },
    create: {
      summary: 'Registers an image; its bytes are uploaded afterwards.',
      answer: answers.image,
      answerHeaders: { location: 'URL of the image.' },
      faults: ['CONFLICT'],
    },
    update: {
      summary: 'Changes an image by a JSON patch.',
      answer: answers.image,
      takes: 'application/openstack-images-v2.1-json-patch',
      faults: ['CONFLICT'],
    },
    delete: { summary: 'Deletes an image; servers keep what they were built from.' },
  }),
  describe(ImageDataController, {
    upload: {
      summary: 'Uploads the bytes of an image.',
      takes: bytes,
      faults: ['CONFLICT', 'IMAGE_UNSUITABLE'],
    },
    download: {
      summary: 'Downloads the bytes of an image, or a range of them.',
      gives: bytes,
      alsoAnswers: { 204: 'No Content: it has no bytes yet', 206: 'Partial Content' },
      answerHeaders: { 'content-md5': 'MD5 of the whole image, in hexadecimal digits.' },
      faults: ['RANGE_NOT_SATISFIABLE', 'IMAGE_MISSING', 'IMAGE_CORRUPT'],
    },
  }),
  describe(ImageTagsController, {
    add: { summary: 'Adds a tag to an image.' },
    remove: { summary: 'Removes a tag from an image.' },
  }),
  describe(ImageActionsController, {
    deactivate: { summary: 'Withdraws an image from use: it is neither downloaded nor booted.' },
    reactivate: { summary: 'Gives a withdrawn image back.' },
  }),
  describe(ImageMembersController, {
    list: noMembers,
    add: noMembers,
    show: noMembers,
    update: noMembers,
    remove: noMembers,
  }),
  describe(ImageImportController, {
    import: {
      summary: 'Refuses: images are uploaded, not imported.',
      ...refusing,
    },
  }),
  describe(SchemasController, {
    show: {
      summary: 'Shows the schema of an image, a member, or a list of them.',
      answer: answers.schema,
    },
  }),
];
