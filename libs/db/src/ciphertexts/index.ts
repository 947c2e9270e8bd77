// Columns that hold ciphertexts: for the command that seals them to another key.
export {
  readSecrets,
  replaceSecrets,
  secretColumns,
  type SecretColumn,
  type StoredSecret,
} from './sealed-secrets.js';
