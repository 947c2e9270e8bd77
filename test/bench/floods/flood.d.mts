export const floodNames: string[];

export interface Flood {
  answers(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

/** `token` is a user's, `image` one that the user may upload to. */
export function startFlood(flood: {
  name: string;
  url: string;
  token: string;
  image: string;
}): Promise<Flood>;
