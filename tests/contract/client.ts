// A client as somebody else would write it: what it may say is checked against the document alone.

import createClient from "openapi-fetch";
import type { components, paths } from "./generated/api";

type Entry = components["schemas"]["Entry"];
type Save = components["schemas"]["Save"];
type Problem = components["schemas"]["Problem"];
type Lens = components["schemas"]["LensName"];

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  /** What was wrong with one parameter or field, such as "?limit". */
  about(pointer: string): string | undefined {
    return this.problem.errors.find((error) => error.pointer === pointer)?.detail;
  }
}

export class StudioMode {
  private readonly api;

  constructor(baseUrl: string, token: string) {
    this.api = createClient<paths>({ baseUrl, headers: { Authorization: `Token ${token}` } });
  }

  async board(lens: Lens, limit = 10): Promise<Entry[]> {
    const { data, error } = await this.api.GET("/api/v1/boards/{lens}/", {
      params: { path: { lens }, query: { window: "7d", limit } },
    });
    if (error) throw new Refused(error);
    return data.results;
  }

  async save(slug: string): Promise<void> {
    const { error } = await this.api.PUT("/api/v1/beats/{slug}/save/", {
      params: { path: { slug } },
    });
    if (error) throw new Refused(error);
  }

  async *vault(): AsyncGenerator<Save> {
    let cursor: string | undefined;
    do {
      const { data, error } = await this.api.GET("/api/v1/me/vault/", {
        params: { query: { cursor, limit: 100 } },
      });
      if (error) throw new Refused(error);
      yield* data.results;
      cursor = cursorOf(data.next);
    } while (cursor);
  }
}

function cursorOf(next: string | null): string | undefined {
  return (next && new URL(next).searchParams.get("cursor")) || undefined;
}

export function inWords({ rank, name, saves, change }: Entry): string {
  const moved = change === null ? "new" : change > 0 ? `+${change}` : `${change}`;
  return `${rank ?? "–"} ${name}: ${saves} saves (${moved})`;
}

export function misuse(client: StudioMode): Promise<Entry[]> {
  // @ts-expect-error  What the document does not know does not compile.
  return client.board("nowhere");
}

export async function tell(client: StudioMode): Promise<string[]> {
  try {
    return (await client.board("producers", 3)).map(inWords);
  } catch (error) {
    if (error instanceof Refused) return [error.about("?limit") ?? error.problem.title];
    throw error;
  }
}
