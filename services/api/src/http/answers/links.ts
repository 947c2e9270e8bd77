import { Inject, Injectable } from '@nestjs/common';
import type { ApiConfig } from '../../config.js';
import { API_CONFIG } from '../../context/injection-tokens.js';

/** URLs as users see them: under the public URL, not under the address that this process listens on. */
@Injectable()
export class Links {
  constructor(@Inject(API_CONFIG) private readonly config: Pick<ApiConfig, 'publicUrl'>) {}

  /** `at('compute', 'v2.1', 'servers', id)` */
  at(...segments: readonly string[]): string {
    return [this.config.publicUrl, ...segments.map((segment) => encodeURIComponent(segment))].join(
      '/',
    );
  }

  /** A list of one link, as in Nova and Neutron: to the page after `marker` of the list that was asked for by `url`. */
  next(url: string, marker: string): { rel: 'next'; href: string }[] {
    const [path = '', query = ''] = url.split('?', 2);
    const search = new URLSearchParams(query);
    search.set('marker', marker);
    return [{ rel: 'next', href: `${this.config.publicUrl}${path}?${search.toString()}` }];
  }
}
