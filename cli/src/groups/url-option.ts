export const urlOption = [
  '--database-url <url>',
  'PostgreSQL: postgresql://user:password@host:port/database; better given as DATABASE_URL, for others see a command line',
] as const;
