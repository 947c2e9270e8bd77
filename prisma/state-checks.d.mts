export function missingChecks(url: string): Promise<string>;
