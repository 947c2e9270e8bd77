// By what a BMC is known: the api enrols it, power finds it out.
export { claimBmc, type BmcIdentity, type NamedNode } from './bmc-identity.js';
