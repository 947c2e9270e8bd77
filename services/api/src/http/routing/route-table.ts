import type { FastifyInstance } from 'fastify';

/** Remembers all routes, to tell a wrong method from a wrong path. */
export class RouteTable {
  private readonly routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];

  /** Call it before the first route is added. */
  watch(server: FastifyInstance): void {
    server.addHook('onRoute', ({ url, method }) => {
      const pattern = new RegExp(`^${url.split('/').map(segmentPattern).join('/')}/?$`);
      this.routes.push({ pattern, methods: [method].flat() });
    });
  }

  /** The methods for the path of `url`; none when the path is unknown. */
  methodsOf(url: string): string[] {
    const path = url.replace(/[?#].*$/s, '');
    const methods = this.routes
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  }
}

/** A colon that is not the start of a parameter is written twice. */
const segmentPattern = (segment: string): string =>
  /^:(?!:)/.test(segment)
    ? '[^/]+'
    : segment.replaceAll('::', ':').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
