export {
  ceilTo,
  endOf,
  inside,
  mib,
  outside,
  pieces,
  totalLength,
  wholeMib,
  type Extent,
} from './extent.js';
export { addPartitions, type Patch, type Placed } from './partition-table.js';
export {
  headBytes,
  leastConfigDriveBytes,
  leastDiskBytes,
  wantedPartitions,
  whyNoPlace,
} from './table-facts.js';
