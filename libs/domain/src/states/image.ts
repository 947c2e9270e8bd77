import { defineMachine } from './machine.js';

/** Life of an image (`images.status`). */
export const imageStates = defineMachine({
  queued: {
    stable: true,
    on: { upload: { to: 'saving', by: 'api', why: 'its bytes are coming in' } },
  },
  saving: {
    on: {
      upload: { to: 'saving', by: 'api', why: 'another upload takes over from one that has died' },
      abort: { to: 'queued', by: 'api', why: 'the upload was broken off' },
      complete: { to: 'active', by: 'api', why: 'all its bytes are there' },
    },
  },
  active: {
    stable: true,
    on: {
      deactivate: { to: 'deactivated', by: 'api', why: 'an administrator withdraws it from use' },
    },
  },
  deactivated: {
    stable: true,
    on: { reactivate: { to: 'active', by: 'api', why: 'an administrator gives it back' } },
  },
});

export const imageStatus = imageStates.names;
export type ImageStatus = keyof typeof imageStates.table;
export type ImageEvent = Parameters<typeof imageStates.next>[1];
