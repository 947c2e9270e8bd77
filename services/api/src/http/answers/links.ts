/** URLs as users see them: under the public URL, not under the address that this process listens on. */
export class Links {
  constructor(private readonly publicUrl: string) {}

  /** `at('compute', 'v2.1', 'servers', id)` */
  at(...segments: readonly string[]): string {
    return [this.publicUrl, ...segments.map((segment) => encodeURIComponent(segment))].join('/');
  }

  /** A list of one link, as in Nova and Neutron: to the page after `marker` of the list that was asked for by `url`. */
  next(url: string, marker: string): { rel: 'next'; href: string }[] {
    const [path = '', query = ''] = url.split('?', 2);
    const search = new URLSearchParams(query);
    search.set('marker', marker);
    return [{ rel: 'next', href: `${this.publicUrl}${path}?${search.toString()}` }];
  }
}
