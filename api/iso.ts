/** A time as the JSON of the API has it: RFC 3339 in UTC. */
export const iso = (date: Date | null) => date?.toISOString() ?? null;
