import { Prisma } from '../sql/prisma.js';

/** To be joined to ports `p`: the card `c` that a port is plugged into. */
export const cardOfPort = Prisma.sql`LEFT JOIN interfaces c ON c.vif_uuid = p.id`;

/** A server's ports in the order in which its user has named them: `plugServer` gives them the cards in this order. */
export const byCard = Prisma.sql`c.pxe DESC NULLS LAST, c.id, p.created_at, p.id`;
