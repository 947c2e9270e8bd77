/** URLs as users see them: under the public URL, not under the address that this process listens on. */
export class Links {
  constructor(private readonly publicUrl: string) {}

  /** `at('compute', 'v2.1', 'servers', id)` */
  at(...segments: readonly string[]): string {
    return [this.publicUrl, ...segments.map((segment) => encodeURIComponent(segment))].join('/');
  }
}
