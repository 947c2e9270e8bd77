import { Inject, Injectable } from '@nestjs/common';
import type { ApiConfig } from '../../config.js';
import { API_CONFIG } from '../../context/injection-tokens.js';

/** URLs for users: under the public URL, which may differ from the address that this process listens on. */
@Injectable()
export class Links {
  constructor(@Inject(API_CONFIG) private readonly config: Pick<ApiConfig, 'publicUrl'>) {}

  /** `at('compute', 'v2.1', 'servers', id)` */
  at(...segments: readonly string[]): string {
    return [this.config.publicUrl, ...segments.map((segment) => encodeURIComponent(segment))].join(
      '/',
    );
  }

  /** The root of an API's version, as version documents have it. */
  root(...segments: readonly string[]): string {
    return `${this.at(...segments)}/`;
  }

  /** The page after `marker` of the list that was asked for by `url`, a path and query. */
  page(url: string, marker: string): string {
    const [path = '', query = ''] = url.split('?', 2);
    const search = new URLSearchParams(query);
    search.set('marker', marker);
    return `${this.config.publicUrl}${path}?${search.toString()}`;
  }

  /** `image('images', id)`: Glance's links are paths under its endpoint. */
  image(...segments: readonly string[]): string {
    return `/v2/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`;
  }

  /** A page of the list of images: the first one, or the one after `marker`. */
  imagePage(query: Readonly<Record<string, unknown>>, marker?: string): string {
    const asked = Object.entries({ ...query, marker })
      .filter(([, value]) => value !== undefined)
      .flatMap(([key, value]) =>
        [value].flat().map((item): [string, string] => [key, String(item)]),
      );
    return `${this.image('images')}?${new URLSearchParams(asked).toString()}`;
  }
}
