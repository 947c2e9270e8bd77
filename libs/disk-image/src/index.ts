export { EdgeKeeper, edgesOfFile, type Edges } from './content/edges.js';
export {
  diskFormats,
  inspectImage,
  type DiskFormat,
  type InspectedImage,
} from './inspect/inspect-image.js';
