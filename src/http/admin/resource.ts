import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { z } from 'zod'
import type { Principal } from './authenticate.ts'
import type { AdminRole } from './parts.ts'
import { problemJson } from './problem-json.ts'

/** What Hono is told of the runtime; in tests there is none. */
export type AdminEnv = {
  Bindings: Partial<HttpBindings>
  /** Set for everything below `/api` that got past the token. */
  Variables: {
    who: Principal
    /** Of a write, bounded; empty where none was sent. */
    body: string
  }
}

/** One entry of the API: nothing is reachable that does not stand in the list of these. */
export type AdminResource = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api/v1`, in Hono's notation. */
  readonly path: string
  /** The least role that may. */
  readonly role: AdminRole
  /** Of the body of a write; 64 KiB unless it says otherwise. */
  readonly maxBodyBytes?: number
  /** One sentence for the list of resources. */
  readonly says: string
  /** By which its query is read, and its body; absent where it takes none. */
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** Whether a write has to say with `If-Match` what it is meant for. */
  readonly needsIfMatch?: boolean
  readonly handle: (c: Context<AdminEnv>, who: Principal) => Response | Promise<Response>
}

type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly no: Response }

const MAX_NAMED = 5

const checked = <S extends z.ZodType>(c: Context, schema: S, value: unknown): Read<z.output<S>> => {
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, value: parsed.data }
  const named = parsed.error.issues
    .slice(0, MAX_NAMED)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
  return { ok: false, no: problemJson(c, 'invalid-parameter', named.join('; ')) }
}

/** The query by a strict schema of strings; a parameter given twice is a problem, not a choice. */
export const readQuery = <S extends z.ZodType>(c: Context, schema: S): Read<z.output<S>> => {
  const flat = Object.entries(c.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ])
  return checked(c, schema, Object.fromEntries(flat))
}

/** The body of a write by a strict schema; a write without one says what an empty object says. */
export const readJson = <S extends z.ZodType>(
  c: Context<AdminEnv>,
  schema: S,
): Read<z.output<S>> => {
  const body = c.get('body')
  let value: unknown
  try {
    value = body === '' ? {} : JSON.parse(body)
  } catch {
    return { ok: false, no: problemJson(c, 'invalid-parameter', 'the body is not JSON') }
  }
  return checked(c, schema, value)
}
