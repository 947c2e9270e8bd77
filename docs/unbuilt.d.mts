export function unbuilt(root: string, projects: readonly string[]): string[];
