export const urlOption = [
  '--database-url <url>',
  'postgresql://user:password@host:port/database; prefer DATABASE_URL, since other users can see a command line',
] as const;
