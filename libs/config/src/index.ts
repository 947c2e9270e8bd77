export { describeOptions, helpText, type OptionDoc } from './document.js';
export { ConfigError, loadConfig, type Sources } from './load.js';
export {
  envName,
  fileName,
  flag,
  integer,
  list,
  number,
  option,
  type ConfigOf,
  type Option,
  type OptionTable,
} from './option.js';
export { packageVersion } from './package-version.js';
