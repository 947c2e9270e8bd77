/** The form of all that is sealed: a compact JWE (RFC 7516). */
export const sealing = { alg: 'ECDH-ES', enc: 'A256GCM' } as const;
