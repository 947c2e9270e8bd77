export { Deriver, type Name } from './deriver.js';
export { publicHalf, type JwkFile, type Jwk, type SecretJwk } from './jwk-file.js';
export {
  isPurpose,
  keyFiles,
  purposes,
  type KeyFileRow,
  type KeyName,
  type Purpose,
} from './key-holders.js';
export { createKeyFolder, keyPath, readKeyFolder, writeKeyFolder } from './key-folder.js';
export { KeyFile } from './key-file.js';
export {
  keyEnvironment,
  keyOptionName,
  keyOptions,
  keyVariable,
  type KeysOf,
} from './key-options.js';
export { KeySet, type Key, type KeyHolder } from './key-set.js';
export { newKeys, withNewKey, withoutFormer } from './make-keys.js';
export { Opener, sealedTo } from './opener.js';
export { isPhoneHomeToken, phoneHomeToken, type PhoneHomeBinding } from './phone-home.js';
export { Sealer } from './sealer.js';
