export { CloudError } from './cloud-error.js';
export { passwordAuth, type Account } from './password-auth.js';
export { openSession, type Session } from './session.js';
export { patientFetch } from './patient-fetch.js';
