export { CacheBound } from './cache-bound.js';
export { type ImageDescription } from './description.js';
export { openImages, type FetchOptions, type ImageAccess, type Images } from './images.js';
export { imageAccessOf, imageOptions } from './options.js';
