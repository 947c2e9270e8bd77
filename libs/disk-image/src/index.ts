export { EdgeKeeper, edgesOfFile, type Edges } from './content/edges.js';
export {
  diskFormats,
  formatOf,
  inspectImage,
  type DiskFormat,
  type InspectedImage,
} from './inspect/inspect-image.js';
