/** URLs as users see them: under the public URL, not under the address that this process listens on. */
export class Links {
  constructor(private readonly publicUrl: string) {}

  /** `at('compute', 'v2.1', 'servers', id)` */
  at(...segments: readonly string[]): string {
    return [this.publicUrl, ...segments.map((segment) => encodeURIComponent(segment))].join('/');
  }

  /** Nova's list of one link, to the next page. */
  next(
    segments: readonly string[],
    query: Readonly<Record<string, string | number>>,
  ): { rel: 'next'; href: string }[] {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      search.set(name, String(value));
    }
    return [{ rel: 'next', href: `${this.at(...segments)}?${search.toString()}` }];
  }
}
